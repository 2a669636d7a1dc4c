import type { WaitingMatter } from "#domain/events/event-definition.ts";
import { hasOwnChannel } from "#domain/incident/own-channel.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { involvedPeople } from "#domain/incident/involved-people.ts";
import { escalationOf } from "#domain/incident/team-escalation.ts";
import { onCallForAnyTeam, onCallForTeam, type OnCallRoster } from "#domain/oncall/oncall.ts";
import { isPersonAmong, knownPerson, routedPerson, type RoutedPerson } from "#domain/policy/people.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { Instant } from "#domain/values/language.ts";

/**
 * Who must see what waits for a person, and where. `place`: a channel, as the chat or the policy names it, where they
 * are mentioned; null: the incident is private and has none, so each gets a direct message. `people`: no one only where
 * the policy has no one to name.
 */
export type MatterAddressee = { readonly place: string | null; readonly people: readonly RoutedPerson[] };

/** `canReach`: whether a person can get a direct message; absent: everyone can. It matters where there is no place. */
type AddressedMatter = WaitingMatter & { readonly canReach?: (person: RoutedPerson) => boolean };

/**
 * The one rule for whom something waits and where it is posted: for those it is addressed to, else the commander, else
 * who answered for the team, else who is on call for it at `at`, else its members, else anyone on call, else who
 * declared it; in the incident's channel, else the team's, else that of all incidents. A private incident is not posted
 * to a team, and is for no one who may not see it; without a channel each gets a direct message, so that those who cannot
 * be reached leave it to the next of these, and at last to all of its people.
 */
export function resolveAddressee(
  incident: Incident,
  roster: OnCallRoster,
  at: Instant,
  { people = [], asleep = false, team, canReach = () => true }: AddressedMatter = {},
): MatterAddressee {
  const { policy } = roster;
  const { roles, acknowledgedBy, declaredBy } = incident;
  const named = (ids: readonly string[]): readonly RoutedPerson[] => ids.map((id) => routedPerson(policy, id));
  const of = isTeam(policy, team) && team !== incident.route.team ? team : null;
  const answeredBy = of === null ? acknowledgedBy : (escalationOf(incident, of)?.answered?.by ?? null);
  const holders = asleep ? [] : [roles.commander, answeredBy].filter((person) => person !== null).slice(0, 1);
  const route = of === null ? incident.route : { team: of, oncall: [], members: [] };
  const teamKnown = isTeam(policy, route.team);
  // Who is on call and was not called may not see a private incident.
  const inside = [...involvedPeople(incident).map(({ person }) => person.id), ...incident.members];
  const mayRead = (person: RoutedPerson): boolean => !incident.private || isPersonAmong(policy, inside, person);
  const candidates: readonly (readonly RoutedPerson[])[] = [
    people.map((person) => knownPerson(policy, person)),
    holders.map((person) => knownPerson(policy, person)),
    (teamKnown ? named(onCallForTeam(roster, route.team, at).primary) : route.oncall).filter(mayRead),
    incident.private ? [] : teamKnown ? named(policy.teams[route.team]!.members) : route.members,
    incident.private ? [] : named(onCallForAnyTeam(roster, at)),
    declaredBy === null ? [] : [knownPerson(policy, declaredBy)],
  ];
  const place = placeOf(incident, policy, team);
  const first = candidates.find((some) => some.length > 0) ?? [];
  if (place !== null) return { place, people: first };
  const insiders = involvedPeople(incident).map(({ person }) => person);
  const reached = [...candidates, insiders.map((person) => knownPerson(policy, person))].find((some) =>
    some.some(canReach),
  );
  return { place, people: reached?.filter(canReach) ?? first };
}

function isTeam(policy: Policy, team: string | null | undefined): team is string {
  return team != null && Object.hasOwn(policy.teams, team);
}

function placeOf(incident: Incident, policy: Policy, team: string | undefined): string | null {
  const { channel, private: isPrivate, route } = incident;
  if (channel !== null && hasOwnChannel(incident)) return channel.id;
  const ofTeam = isTeam(policy, team) ? policy.teams[team]!.channel : undefined;
  return isPrivate ? null : (ofTeam ?? route.channel ?? policy.channels.incidents);
}
