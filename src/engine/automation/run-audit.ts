import type { RunRequest } from "#domain/automation/run-request.ts";
import { runId } from "#domain/automation/run.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { AuditEntry } from "#domain/reporting/audit-entry.ts";
import { wayOfActor } from "#domain/values/api-actor.ts";
import { maskSecrets } from "#domain/values/redaction.ts";
import { incidentId, type Person } from "#domain/values/language.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { RunRequestReply } from "./run-change.ts";

/** The entry of the audit log for a request about runbooks, with what came of it. */
export function auditRunRequest(
  engine: Engine,
  request: RunRequest,
  person: Person,
  incident: Incident | null,
  { ok, text }: RunRequestReply,
): AuditEntry {
  const client = engine.client?.() ?? null;
  const reads = request.do === "list" || request.do === "show";
  const { do: what, ...fields } = request;
  return {
    at: engine.clock(),
    kind: !ok ? "refusal" : reads ? "read" : "automation",
    what: what === "switch" ? `automation.${request.on ? "on" : "off"}` : `runbook.${what}`,
    subject: "run" in request ? runId(request.run) : incident === null ? null : incidentId(incident.number),
    result: !ok ? "refused" : reads ? "unchanged" : "applied",
    way: client?.way ?? wayOfActor(person),
    person: { id: person.id, name: person.name },
    address: client?.address ?? null,
    text: `${JSON.stringify(maskSecrets(fields))}${ok ? "" : ` ${text}`}`,
  };
}
