import type { Incident, Undo } from "#domain/incident/incident.ts";
import type { AnyEvent, AnyEventDefinition } from "./event-definition.ts";

/** What can be undone after one more event: the last verb of a person, whole; nothing, once the alerts went on from there. */
export function rememberUndo(was: Incident, event: AnyEvent, definition: AnyEventDefinition): Undo | null {
  const rule = definition.undo;
  if (rule === "final") return null;
  if (rule === null) return was.undo;
  const called = "withdraws" in rule ? rule.withdraws(event, was) : null;
  // Somebody was paged by what no verb of a person led to: that hides nothing.
  if ("withdraws" in rule && called === null) return was.undo;
  if (event.actor.kind !== "person") return null;
  const fields = "withdraws" in rule ? [] : rule.restores(event);
  const strikes = "strikes" in rule && rule.strikes === true ? [event.seq] : [];
  const same = was.undo !== null && was.undo.command === event.evidence.command ? was.undo : null;
  const before = Object.fromEntries(fields.map((field) => [field, was[field]]));
  return {
    command: event.evidence.command,
    by: { id: event.actor.id, name: event.actor.name },
    at: event.recordedAt,
    what: same === null ? definition.describe(event) : `${same.what}; ${definition.describe(event)}`,
    restore: { ...before, ...same?.restore },
    strikes: [...(same?.strikes ?? []), ...strikes],
    withdraws: [...(same?.withdraws ?? []), ...(called === null ? [] : [called])],
  };
}
