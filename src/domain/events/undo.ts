import { MINUTE_MS } from "#domain/values/duration.ts";
import { plainWords } from "#domain/values/plain-words.ts";
import type { Incident, RestorableFields, Undo } from "#domain/incident/incident.ts";
import type { AnyEvent, AnyEventDefinition } from "./event-definition.ts";

/** How long a verb can be taken back, in ms: as long as a slip is noticed. */
export const UNDO_WITHIN_MS = 10 * MINUTE_MS;

/** So many verbs are remembered. */
const REMEMBERED = 10;

/** What no later verb or end disturbs: taking it back changes nothing else. */
const FREE_FIELDS: ReadonlySet<string> = new Set<keyof RestorableFields>(["title", "tasks"]);

/** The verbs that a state remembers; an earlier version, which may have written last, keeps only the last one. */
export function rememberedVerbs({ undo, undos }: Pick<Incident, "undo" | "undos">): readonly Undo[] {
  if (undos.at(-1)?.command === undo?.command) return undos;
  return undo === null ? [] : [undo];
}

/** What a command did that is taken back elsewhere or not at all, and whatever else it leads to here. */
function unchangeable({ actor: { id, name }, recordedAt: at, evidence }: AnyEvent, refusal: string): Undo {
  const { command } = evidence;
  return { command, by: { id, name }, at, what: "", restore: {}, strikes: [], withdraws: [], final: true, refusal };
}

/** The fields that undoing a verb puts back. */
export function restoredFields({ restore }: Pick<Undo, "restore">): readonly (keyof RestorableFields)[] {
  return Object.keys(restore) as (keyof RestorableFields)[];
}

/** What can be undone after one more event: the latest verbs of people, each whole. */
export function rememberUndos(previous: Incident, event: AnyEvent, definition: AnyEventDefinition): readonly Undo[] {
  const rule = definition.undo;
  const { command } = event.evidence;
  const known = rememberedVerbs(previous).filter(({ at }) => event.recordedAt - at <= UNDO_WITHIN_MS);
  const same = known.find((each) => each.command === command) ?? null;
  // Whatever else the same command leads to here.
  if (rule === null || same?.final === true) return known;
  if (rule === "undoes") return withoutUndone(known, event);
  if (rule === "with its command")
    return endedBy(known, event, "It can only be taken back in the incident that it was done in.");
  if ("final" in rule) return endedBy(known, event, rule.final(event));
  const called = "withdraws" in rule ? rule.withdraws(event, previous) : null;
  // Someone was paged by what no verb of a person led to: that hides nothing.
  if ("withdraws" in rule && called === null) return known;
  const fields = "withdraws" in rule ? [] : rule.restores(event);
  if (event.actor.kind !== "person")
    return known.filter((each) => !restoredFields(each).some((f) => fields.includes(f)));
  const struckOut = "strikes" in rule && rule.strikes === true ? [event.seq] : [];
  const answered = "answers" in rule && rule.answers !== undefined ? rule.answers(event) : [];
  const described = plainWords(definition.describe(event));
  const before = Object.fromEntries(fields.map((field) => [field, previous[field]]));
  const undo: Undo = {
    command,
    by: { id: event.actor.id, name: event.actor.name },
    at: event.recordedAt,
    what: same === null ? described : `${same.what}; ${described}`,
    restore: { ...before, ...same?.restore },
    strikes: [...(same?.strikes ?? []), ...struckOut],
    withdraws: [...(same?.withdraws ?? []), ...(called === null ? [] : [called])],
    answers: [...(same?.answers ?? []), ...answered],
  };
  return [...known.filter((each) => each !== same), undo].slice(-REMEMBERED);
}

/** After something that nothing takes back, only what stands for itself can still be taken back. */
function endedBy(known: readonly Undo[], event: AnyEvent, refusal: string): readonly Undo[] {
  const left = known.filter((each) => each.final === true || restoredFields(each).every((f) => FREE_FIELDS.has(f)));
  return event.actor.kind === "person" ? [...left, unchangeable(event, refusal)].slice(-REMEMBERED) : left;
}

/**
 * A verb was taken back, which cannot be taken back itself. `data.undone` is absent in what an earlier version stored, which
 * knew the last verb only.
 */
function withoutUndone(known: readonly Undo[], event: AnyEvent): readonly Undo[] {
  const undone = "undone" in event.data ? event.data.undone : undefined;
  // What the undo itself has led to already is a part of it.
  const own = [undone, event.evidence.command];
  const left = undone === undefined ? [] : known.filter(({ command }) => !own.includes(command));
  const last = unchangeable(event, "An undo cannot be undone: use the verb again.");
  return event.actor.kind === "person" ? [...left, last].slice(-REMEMBERED) : left;
}
