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

function involve(cause: string, person: Person | null | undefined): readonly PersonInvolvement[] {
  return person == null ? [] : [{ cause: `${cause}: ${person.id}`, person }];
}

/** Whether someone has come to be involved between two states of an incident, or for another reason than before. */
export function isAnyoneNew(before: Incident, after: Incident): boolean {
  const known = new Set(involvedPeople(before).map(({ cause }) => cause));
  return involvedPeople(after).some(({ cause }) => !known.has(cause));
}
