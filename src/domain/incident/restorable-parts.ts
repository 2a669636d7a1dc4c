import type { Role } from "#domain/values/language.ts";
import type { Incident, RestorableFields, Task, Undo } from "./incident.ts";

// What a verb changes: a whole field, or of a field that several people work on, one entry.

type EntriesField = "tasks" | "roles" | "rolesSince" | "teamEscalations";

/** A field, or one entry of it: `tasks.3`, `roles.scribe`, `teamEscalations.search`. */
export type RestorablePart = keyof RestorableFields | `${EntriesField}.${string}`;

/** The parts of one role: who has it, since when; with command all that belongs to it. */
export function partsOfRole(role: Role): readonly RestorablePart[] {
  const own = [`roles.${role}`, `rolesSince.${role}`] as const;
  return role === "commander" ? [...own, "handoff", "commandReminders", "commanderAway"] : own;
}

/** The escalation of a team, or with null the incident's own. */
export function partOfEscalation(team: string | null): RestorablePart {
  return team === null ? "escalation" : `teamEscalations.${team}`;
}

/** Whether two parts are the same, or one is an entry of the other. */
export function partsOverlap(one: RestorablePart, other: RestorablePart): boolean {
  return one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);
}

/** What undoing a verb puts back. */
export function restoredParts({ restore, entries = {} }: Pick<Undo, "restore" | "entries">): readonly RestorablePart[] {
  return [...Object.keys(restore), ...Object.keys(entries)] as RestorablePart[];
}

/** What these parts hold, as an `Undo` keeps it. */
export function keepParts(
  incident: Incident,
  parts: readonly RestorablePart[],
): Required<Pick<Undo, "restore" | "entries">> {
  const restore: Record<string, unknown> = {};
  const entries: Record<string, unknown> = {};
  for (const part of parts) {
    const [field, key] = splitPart(part);
    if (key === null) restore[field] = incident[field];
    else entries[part] = entryOf(incident, field as EntriesField, key);
  }
  return { restore, entries };
}

/** The fields with what was kept put back. What else has come into a field since stays in it. */
export function fieldsRestored(
  incident: Incident,
  { restore, entries = {} }: Pick<Undo, "restore" | "entries">,
): Partial<RestorableFields> {
  let fields: Partial<RestorableFields> = restore;
  for (const [part, entry] of Object.entries(entries)) {
    const [field, key] = splitPart(part as RestorablePart);
    fields = { ...fields, ...withEntry({ ...incident, ...fields }, field as EntriesField, key ?? "", entry) };
  }
  return fields;
}

function splitPart(part: RestorablePart): readonly [keyof RestorableFields, string | null] {
  const dot = part.indexOf(".");
  const field = (dot === -1 ? part : part.slice(0, dot)) as keyof RestorableFields;
  return [field, dot === -1 ? null : part.slice(dot + 1)];
}

function entryOf(incident: Incident, field: EntriesField, key: string): unknown {
  if (field === "tasks") return incident.tasks.find(({ id }) => String(id) === key) ?? null;
  return Object.entries(incident[field]).find(([name]) => name === key)?.[1] ?? null;
}

/** A field with one entry as it was; null: it was not there. */
function withEntry(incident: Incident, field: EntriesField, key: string, entry: unknown): Partial<RestorableFields> {
  if (field === "tasks") return { tasks: tasksWith(incident.tasks, Number(key), entry as Task | null) };
  const { [key]: _, ...others } = incident[field] as Readonly<Record<string, unknown>>;
  return { [field]: field === "teamEscalations" && entry === null ? others : { ...others, [key]: entry } };
}

/** Verbs finish a task: its ticket came by itself, and stays. */
function tasksWith(tasks: readonly Task[], id: number, before: Task | null): readonly Task[] {
  if (before === null) return tasks.filter((task) => task.id !== id);
  return tasks.map((task) => {
    if (task.id !== id) return task;
    const { dropped: _, ...open } = task;
    return { ...open, doneAt: before.doneAt, ...(before.dropped === undefined ? {} : { dropped: before.dropped }) };
  });
}
