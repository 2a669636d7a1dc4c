import type { Incident } from "#domain/incident/incident.ts";
import type { RoutedPerson } from "#domain/policy/people.ts";

/**
 * Who is invited to an incident's channel: who declared it or has a role, who is on call, and the team; each once.
 * A private incident is not the whole team's: those who must act, and who brought it up.
 * @param isMember whether an id is how the chat names a person: they are of the workspace, whatever the policy knows
 */
export function invitedPeople(
  { declaredBy, roles, route, private: isPrivate }: Incident,
  isMember: (id: string) => boolean,
): readonly RoutedPerson[] {
  const named = [declaredBy, ...Object.values(roles)].flatMap((person): readonly RoutedPerson[] =>
    person === null || !isMember(person.id) ? [] : [{ ...person, chatId: person.id, email: null }],
  );
  const invited = [...named, ...route.oncall, ...(isPrivate ? [] : route.members)];
  return [...new Map(invited.map((person) => [person.chatId ?? person.id, person])).values()];
}
