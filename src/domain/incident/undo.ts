import type { Event } from "./event.ts";
import type { Incident, RestorableFields, Undo } from "./incident.ts";
import type { Milestone } from "#domain/values/language.ts";
import { describeEvent } from "./timeline.ts";

const OVER = [
  "status",
  "acknowledgedAt",
  "acknowledgedBy",
  "mitigatedAt",
  "resolvedAt",
  "resolvedBy",
  "closedAt",
  "handoff",
  "updates",
  "escalation",
  "commandReminders",
] as const;

/** What taking back an event of a person restores; an event that is not here cannot be taken back and hides none that can. */
const RESTORES: Partial<Readonly<Record<Event["type"], readonly (keyof RestorableFields)[]>>> = {
  "incident.acknowledged": ["status", "acknowledgedAt", "acknowledgedBy", "updates"],
  "incident.mitigated": ["status", "mitigatedAt"],
  "incident.resolved": OVER,
  "incident.canceled": OVER,
  "incident.merged": [...OVER, "mergedInto"],
  "incident.reopened": [...OVER, "postmortem"],
  "priority.changed": ["priority", "peak", "priorityReason", "pinned", "unmapped", "plan", "escalation", "updates"],
  "title.changed": ["title"],
  "role.assigned": ["roles", "rolesSince", "handoff", "commandReminders", "commanderAway"],
  "handoff.offered": ["handoff"],
  "handoff.ended": ["handoff"],
  "update.posted": ["updates"],
  "task.added": ["tasks"],
  "task.done": ["tasks"],
  "note.added": [],
};

const CORRECTS: Readonly<Record<Milestone, readonly (keyof RestorableFields)[]>> = {
  began: ["detectedAt"],
  acknowledged: ["acknowledgedAt"],
  mitigated: ["mitigatedAt"],
  resolved: ["resolvedAt", "mitigatedAt"],
};

/** Events that wrote something down: taken back, they are struck out of the timeline. */
const WROTE: ReadonlySet<Event["type"]> = new Set<Event["type"]>(["note.added", "update.posted", "task.added", "milestone.corrected"]);

/** Nothing before these can be taken back: somebody was woken, a channel was put away. */
const FINAL: ReadonlySet<Event["type"]> = new Set<Event["type"]>(["verb.undone", "incident.closed", "escalation.advanced"]);

/** What can be taken back after one more event: the last verb of a person, whole; nothing, once the alerts went on from there. */
export function rememberUndo(was: Incident, event: Event): Undo | null {
  if (FINAL.has(event.type)) return null;
  const called = event.type === "page.requested" && rings(was, event) ? event.data.key : null;
  const fields = called !== null ? [] : event.type === "milestone.corrected" ? CORRECTS[event.data.milestone] : RESTORES[event.type];
  if (fields === undefined) return was.undo;
  if (event.actor.kind !== "person") return null;
  const { command } = event.evidence;
  const same = was.undo !== null && was.undo.command === command ? was.undo : null;
  const before = Object.fromEntries(fields.map((field) => [field, was[field]]));
  return {
    command,
    by: { id: event.actor.id, name: event.actor.name },
    at: event.recordedAt,
    what: same === null ? describeEvent(event) : `${same.what}; ${describeEvent(event)}`,
    restore: { ...before, ...same?.restore },
    strikes: [...(same?.strikes ?? []), ...(WROTE.has(event.type) ? [event.seq] : [])],
    withdraws: [...(same?.withdraws ?? []), ...(called === null ? [] : [called])],
  };
}

/** Whether a page is part of a verb that can be taken back: a call for somebody, or what raising the priority led to. */
function rings({ undo }: Incident, { data, evidence }: Extract<Event, { type: "page.requested" }>): boolean {
  return data.apart === true || undo?.command === evidence.command;
}
