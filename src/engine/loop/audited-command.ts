import { decideAuditKind } from "#domain/commands/command-audit.ts";
import type { AuditEntry } from "#domain/reporting/audit-entry.ts";
import type { CommandOutcome } from "#domain/events/command-outcome.ts";
import { incidentId, type Instant } from "#domain/values/language.ts";
import { wayOfActor } from "#domain/values/api-actor.ts";
import type { ParsedCommand } from "./apply-command.ts";

/** The entries of the audit log for a command that was decided: one for what a person asked, none for alerts and for Muster itself. */
export function auditCommand(
  { command, body }: ParsedCommand,
  outcome: CommandOutcome,
  now: Instant,
): readonly AuditEntry[] {
  const { actor, client } = command;
  if (actor.kind !== "person") return [];
  const decided = decideAuditKind(body, outcome);
  if (decided === null) return [];
  const subject = outcome.incident ?? (body.type === "incident" ? body.incident : null);
  return [
    {
      at: now,
      ...decided,
      subject: subject === null ? null : incidentId(subject),
      way: client?.way ?? wayOfActor(actor),
      person: { id: actor.id, name: actor.name },
      address: client?.address ?? null,
    },
  ];
}
