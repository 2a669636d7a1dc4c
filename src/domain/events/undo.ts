import { MINUTE_MS } from "#domain/values/duration.ts";
import { plainWords } from "#domain/values/plain-words.ts";
import type { Incident, Undo } from "#domain/incident/incident.ts";
import {
  keepParts,
  partsOfRole,
  partsOverlap,
  restoredParts,
  type RestorablePart,
} from "#domain/incident/restorable-parts.ts";
import { ROLES } from "#domain/values/language.ts";
import type { AnyEvent, AnyEventDefinition } from "./event-definition.ts";

/** How long a verb can be taken back, in ms: as long as a slip is noticed. */
export const UNDO_WITHIN_MS = 10 * MINUTE_MS;

/** So many verbs are remembered. */
const REMEMBERED = 10;

/** What nothing that follows disturbs: taking it back changes nothing else. */
const FREE_PARTS: readonly RestorablePart[] = [
  "title",
  "tasks",
  ...ROLES.filter((role) => role !== "commander").flatMap((role) => partsOfRole(role)),
];

/** What follows from the rest: when something else has changed it later, an undo leaves it as it is then. */
const DERIVED_PARTS: readonly RestorablePart[] = ["updates", "commandReminders"];

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
  const parts = "withdraws" in rule ? [] : rule.restores(event, previous);
  const others = withoutDerived(
    known.filter((each) => each !== same),
    parts,
  );
  if (event.actor.kind !== "person")
    return others.filter(
      (each) => !restoredParts(each).some((part) => parts.some((other) => partsOverlap(part, other))),
    );
  const struckOut = "strikes" in rule && rule.strikes === true ? [event.seq] : [];
  const answered = "answers" in rule && rule.answers !== undefined ? rule.answers(event) : [];
  const described = plainWords(definition.describe(event));
  // A field that this verb changed before is kept as it was then, with its entries.
  const kept = restoredParts(same ?? { restore: {} });
  const before = keepParts(
    previous,
    parts.filter((part) => !kept.some((whole) => part.startsWith(`${whole}.`))),
  );
  const undo: Undo = {
    command,
    by: { id: event.actor.id, name: event.actor.name },
    at: event.recordedAt,
    what: same === null ? described : `${same.what}; ${described}`,
    restore: { ...before.restore, ...same?.restore },
    entries: { ...before.entries, ...same?.entries },
    strikes: [...(same?.strikes ?? []), ...struckOut],
    withdraws: [...(same?.withdraws ?? []), ...(called === null ? [] : [called])],
    answers: [...(same?.answers ?? []), ...answered],
  };
  return [...others, undo].slice(-REMEMBERED);
}

/** Verbs after something else has changed these parts: what is derived is not put back by them any longer. */
function withoutDerived(known: readonly Undo[], changed: readonly RestorablePart[]): readonly Undo[] {
  const derived = DERIVED_PARTS.filter((part) => changed.includes(part));
  if (derived.length === 0) return known;
  return known.map((each) => ({
    ...each,
    restore: Object.fromEntries(Object.entries(each.restore).filter(([field]) => !derived.some((d) => d === field))),
  }));
}

/** After something that nothing takes back, only what stands for itself can still be taken back. */
function endedBy(known: readonly Undo[], event: AnyEvent, refusal: string): readonly Undo[] {
  const left = withoutDerived(known, DERIVED_PARTS).filter(
    (each) =>
      each.final === true || restoredParts(each).every((part) => FREE_PARTS.some((free) => partsOverlap(part, free))),
  );
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
