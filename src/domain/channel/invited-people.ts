import type { Incident } from "#domain/incident/incident.ts";
import { involvedPeople } from "#domain/incident/involved-people.ts";
import { knownPerson, policyPersonName, type KnownPeople, type RoutedPerson } from "#domain/policy/people.ts";

/** Someone who is invited to an incident's channel, and why: each reason invites once. */
export type ChannelInvitation = { readonly cause: string; readonly person: RoutedPerson };

/**
 * Who is invited to an incident's channel: everyone involved in it, who is on call, and the team. A private incident is not
 * the team's: it invites those involved alone.
 * @param isMember whether an id is how the chat names a person: they are of the workspace, whether or not the policy
 * has them
 */
export function channelInvitations(
  incident: Incident,
  policy: KnownPeople,
  isMember: (id: string) => boolean,
): readonly ChannelInvitation[] {
  const { route, private: isPrivate } = incident;
  const involved = involvedPeople(incident).flatMap(({ cause, person }): readonly ChannelInvitation[] => {
    const isListed = policyPersonName(policy, person.id) !== null;
    // Who acts by another way and is not listed has no place in the chat.
    return isListed || isMember(person.id) ? [{ cause, person: knownPerson(policy, person) }] : [];
  });
  if (isPrivate) return involved;
  const routed = [...route.oncall, ...route.members].map((person) => ({ cause: `route: ${person.id}`, person }));
  return [...involved, ...routed];
}

/** The people of invitations, each once. */
export function invitedPeople(invitations: readonly ChannelInvitation[]): readonly RoutedPerson[] {
  return [...new Map(invitations.map(({ person }) => [person.chatId ?? person.id, person])).values()];
}
