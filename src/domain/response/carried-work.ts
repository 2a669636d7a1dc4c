import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident, Task } from "#domain/incident/incident.ts";
import { involvedPeople } from "#domain/incident/involved-people.ts";
import { isSamePerson } from "#domain/policy/people.ts";
import { nextTaskId } from "./notes.ts";
import { ROLES, type Person } from "#domain/values/language.ts";

/**
 * What people of an incident do in the one that it is merged into: they are brought in, keep their roles where no one has
 * them there, and their open tasks go on. What a private incident has to do is not written into one that everyone sees.
 */
export function carryWork(from: Incident, into: Incident): readonly Fact[] {
  const known = new Set(involvedPeople(into).map(({ person }) => person.id));
  const coming = new Map<string, Person>();
  for (const { person } of involvedPeople(from)) if (!known.has(person.id)) coming.set(person.id, person);
  const roles = ROLES.flatMap((role) => {
    const person = from.roles[role];
    return person === null || into.roles[role] !== null ? [] : [{ role, person }];
  });
  const isHidden = from.private && !into.private;
  const open = isHidden ? [] : from.tasks.filter(({ doneAt }) => doneAt === null);
  const first = nextTaskId(into);
  const tasks = open.map((task, i): Task => ({
    ...task,
    id: first + i,
    origin: { incident: from.number, id: task.id },
  }));
  const people = [...coming.values()];
  const following = isHidden
    ? []
    : from.subscribers.filter((each) => !into.subscribers.some((other) => isSamePerson(null, other, each)));
  const subscribers = following.length === 0 || into.private ? {} : { subscribers: following };
  return people.length === 0 && roles.length === 0 && tasks.length === 0 && !("subscribers" in subscribers)
    ? []
    : [{ type: "work.carried", data: { from: from.number, people, roles, tasks, ...subscribers } }];
}

/** Tasks that were finished while they were another incident's, for the incident that has them again. */
export function finishedElsewhere({ number, tasks }: Incident, mergeTarget: Incident): readonly Fact[] {
  const done = mergeTarget.tasks.flatMap(({ origin, doneAt }) =>
    origin?.incident === number && doneAt !== null ? [origin.id] : [],
  );
  return tasks
    .filter(({ id, doneAt }) => doneAt === null && done.includes(id))
    .map(({ id }): Fact => ({ type: "task.done", data: { id } }));
}
