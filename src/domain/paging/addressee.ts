import type { Incident } from "#domain/incident/incident.ts";
import { onCallForAnyTeam, onCallForTeam, type OnCallRoster } from "#domain/oncall/oncall.ts";
import { knownPerson, routedPerson, type RoutedPerson } from "#domain/policy/people.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { Instant, Person } from "#domain/values/language.ts";

/**
 * Who must see what waits for a person, and where. `place`: a channel, as the chat or the policy names it, where they are
 * mentioned; null: the incident is private and has none, so each is told alone. `people`: no one only where the policy has
 * no one to name.
 */
export type MatterAddressee = { readonly place: string | null; readonly people: readonly RoutedPerson[] };

/** What waits. `people`: those it is addressed to already; `asleep`: whoever has the incident has not reacted. */
export type WaitingMatter = {
  readonly people?: readonly Person[];
  readonly asleep?: boolean;
  /** Which other team it is of: without a channel of the incident it is said in that team's. */
  readonly team?: string;
};

/**
 * The one rule for whom something waits and where it is said: to those it is addressed to, else the commander, else who
 * acknowledged, else who is on call for the team at `at`, else the team's members, else anyone on call; in the incident's
 * channel, else the team's, else that of all incidents. A private incident is said to no team.
 */
export function resolveAddressee(
  incident: Incident,
  roster: OnCallRoster,
  at: Instant,
  { people = [], asleep = false, team }: WaitingMatter = {},
): MatterAddressee {
  const { policy } = roster;
  const { route, roles, acknowledgedBy } = incident;
  const named = (ids: readonly string[]): readonly RoutedPerson[] => ids.map((id) => routedPerson(policy, id));
  const holders = asleep ? [] : [roles.commander, acknowledgedBy].filter((person) => person !== null).slice(0, 1);
  const teamKnown = route.team !== null && Object.hasOwn(policy.teams, route.team);
  const candidates: readonly (readonly RoutedPerson[])[] = [
    people.map((person) => knownPerson(policy, person)),
    holders.map((person) => knownPerson(policy, person)),
    teamKnown ? named(onCallForTeam(roster, route.team!, at).primary) : route.oncall,
    incident.private ? [] : teamKnown ? named(policy.teams[route.team!]!.members) : route.members,
    incident.private ? [] : named(onCallForAnyTeam(roster, at)),
  ];
  return {
    place: placeOf(incident, policy, team),
    people: candidates.find((some) => some.length > 0) ?? [],
  };
}

function placeOf(
  { channel, archived, private: isPrivate, route }: Incident,
  policy: Policy,
  team: string | undefined,
): string | null {
  if (channel !== null && !archived) return channel.id;
  const ofTeam = team !== undefined && Object.hasOwn(policy.teams, team) ? policy.teams[team]!.channel : undefined;
  return isPrivate ? null : (ofTeam ?? route.channel ?? policy.channels.incidents);
}
