import type { Event } from "#domain/events/event-registry.ts";
import type { Instant, Role } from "#domain/values/language.ts";

/** A role in a postmortem, with its source events. */
export type RoleHeld = {
  readonly role: Role;
  readonly name: string;
  readonly since: Instant;
  readonly until: Instant | null;
  readonly ms: number;
  readonly from: readonly number[];
};
/** Someone's time in a role; `until` null while they have it. `from`: the events that began and ended it. */
export type RoleTenure = {
  readonly role: Role;
  readonly name: string;
  readonly since: Instant;
  readonly until: Instant | null;
  readonly from: readonly number[];
};

/**
 * Who held which role from when to when, in the order they got it. What was undone never was; an earlier version stored no
 * command with an undo, which was that of the assignment before.
 */
export function roleTenures(events: readonly Event[]): readonly RoleTenure[] {
  let all: RoleTenure[] = [];
  let before: readonly RoleTenure[] = all;
  const undone = new Set(events.flatMap((each) => (each.type === "verb.undone" ? (each.data.undone ?? []) : [])));
  for (const event of events) {
    if (event.type === "role.assigned" && !undone.has(event.evidence.command)) {
      before = all;
      all = all.map((each) =>
        each.role === event.data.role && each.until === null
          ? { ...each, until: event.at, from: [...each.from, event.seq] }
          : each,
      );
      if (event.data.person !== null)
        all = [
          ...all,
          { role: event.data.role, name: event.data.person.name, since: event.at, until: null, from: [event.seq] },
        ];
    }
    if (event.type === "verb.undone" && event.data.undone === undefined && event.data.restore.roles !== undefined)
      all = [...before];
  }
  return all;
}
