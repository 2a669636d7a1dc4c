import { ROLES, type Person } from "#domain/values/language.ts";
import type { Incident } from "./incident.ts";
import { listEscalations } from "./team-escalation.ts";

/**
 * Why someone belongs in an incident. `cause` is the same as long as the reason is: a role that someone is given again is
 * another one. `person` is named by an id of the chat or by their name in the policy.
 */
export type PersonInvolvement = { readonly cause: string; readonly person: Person };

/**
 * Everyone who acts in an incident or was asked to: who declared it, has a role or is offered one, acknowledged, was paged,
 * answered for a team, has a task, or was brought in. The one list of them: they respond to it, see it, and are invited to its channel.
 */
export function involvedPeople(incident: Incident): readonly PersonInvolvement[] {
  const { declaredBy, acknowledgedBy, roles, rolesSince, handoff, tasks, pages, guests } = incident;
  return [
    ...involve("declared", declaredBy),
    ...involve("acknowledged", acknowledgedBy),
    ...ROLES.flatMap((role) => involve(`${role} since ${rolesSince[role] ?? 0}`, roles[role])),
    ...involve("offered", handoff?.to),
    ...listEscalations(incident).flatMap(([, { answered }]) => involve("answered", answered?.by)),
    ...tasks.flatMap(({ id, owner }) => involve(`task ${id}`, owner)),
    ...guests.flatMap(({ person, from, at }) =>
      involve(`guest of ${from ?? "someone"}${at === undefined ? "" : ` since ${at}`}`, person),
    ),
    ...pages
      .filter(({ status }) => status !== "canceled")
      .flatMap(({ key, to, people = [], chat = [], answeredBy }) => [
        ...[...people, ...chat].flatMap((id) => involve(key, { id, name: to })),
        ...involve(key, answeredBy),
      ]),
  ];
}

/** The fields that people are taken from. */
const INVOLVING_FIELDS = [
  "declaredBy",
  "acknowledgedBy",
  "roles",
  "rolesSince",
  "handoff",
  "tasks",
  "pages",
  "guests",
  "escalation",
  "teamEscalations",
] as const satisfies readonly (keyof Incident)[];

function involve(cause: string, person: Person | null | undefined): readonly PersonInvolvement[] {
  return person == null ? [] : [{ cause: `${cause}: ${person.id}`, person }];
}

/** Whether someone has come to be involved between two states of an incident, or for another reason than before. */
export function isAnyoneNew(before: Incident, after: Incident): boolean {
  // Most events change none of what people are taken from: its parts are then the same objects.
  if (INVOLVING_FIELDS.every((field) => before[field] === after[field])) return false;
  const known = new Set(involvedPeople(withoutPagesOf(before, after)).map(({ cause }) => cause));
  return involvedPeople(withoutPagesOf(after, before)).some(({ cause }) => !known.has(cause));
}

/** Without the pages that both states have: an incident may have hundreds, and an event changes one. */
function withoutPagesOf(incident: Incident, other: Incident): Incident {
  const same = new Set(other.pages);
  return { ...incident, pages: incident.pages.filter((page) => !same.has(page)) };
}
