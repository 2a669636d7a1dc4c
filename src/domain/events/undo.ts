import type { Incident, Undo } from "#domain/incident/incident.ts";
import type { AnyEvent, AnyEventDefinition } from "./event-definition.ts";

/** What a command did that is taken back elsewhere or not at all, and whatever else it leads to here. */
function unchangeable({ actor: { id, name }, recordedAt: at, evidence: { command } }: AnyEvent): Undo {
  return { command, by: { id, name }, at, what: "", restore: {}, strikes: [], withdraws: [], final: true };
}

/** What can be undone after one more event: the last verb of a person, whole; nothing, once the alerts went on from there. */
export function rememberUndo(previous: Incident, event: AnyEvent, definition: AnyEventDefinition): Undo | null {
  const rule = definition.undo;
  if (rule === "final") return null;
  if (rule === null) return previous.undo;
  const { command } = event.evidence;
  if (rule === "with its command") return event.actor.kind === "person" ? unchangeable(event) : null;
  if (previous.undo?.final === true && previous.undo.command === command) return previous.undo;
  const called = "withdraws" in rule ? rule.withdraws(event, previous) : null;
  // Someone was paged by what no verb of a person led to: that hides nothing.
  if ("withdraws" in rule && called === null) return previous.undo;
  if (event.actor.kind !== "person") return null;
  const fields = "withdraws" in rule ? [] : rule.restores(event);
  const struckOut = "strikes" in rule && rule.strikes === true ? [event.seq] : [];
  const same = previous.undo !== null && previous.undo.command === event.evidence.command ? previous.undo : null;
  const answered = "answers" in rule && rule.answers !== undefined ? rule.answers(event) : [];
  const before = Object.fromEntries(fields.map((field) => [field, previous[field]]));
  return {
    command: event.evidence.command,
    by: { id: event.actor.id, name: event.actor.name },
    at: event.recordedAt,
    what: same === null ? definition.describe(event) : `${same.what}; ${definition.describe(event)}`,
    restore: { ...before, ...same?.restore },
    strikes: [...(same?.strikes ?? []), ...struckOut],
    withdraws: [...(same?.withdraws ?? []), ...(called === null ? [] : [called])],
    answers: [...(same?.answers ?? []), ...answered],
  };
}
