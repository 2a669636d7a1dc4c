import { label, type Labels } from "./delivery.ts";
import type { Instant } from "./language.ts";
import { rungsOf } from "./ladder.ts";
import type { Route } from "./routed.ts";
import { onAnyTeam, onTeam, type Rota } from "./oncall.ts";
import { routedPerson, type RoutedPerson } from "./people.ts";
import type { Policy, PolicyService } from "./policy.ts";
import { digest, oneLine } from "./text.ts";

/** The service an alert is about: label `service`, then `job`, then the policy's matchers. */
export function serviceOf(policy: Policy, labels: Labels): { readonly service: string | null; readonly reason: string } {
  for (const name of ["service", "job"]) {
    const value = oneLine(label(labels, name), 200);
    if (value !== "") return { service: value, reason: `label ${name}="${value}"` };
  }
  for (const [name, service] of Object.entries(policy.services))
    if (service.match?.matches(labels)) return { service: name, reason: `policy: services.${name} matches ${service.match.texts.join(", ")}` };
  return { service: null, reason: "no label service or job, and no service of the policy matches" };
}

/** The alerts with one group key are one incident. Names may be as long as a book; keys may not, an index holds them. */
export function groupKey(policy: Policy, labels: Labels): string {
  const key = JSON.stringify(policy.grouping.by.map((name) => (name === "service" ? serviceOf(policy, labels).service : label(labels, name))));
  return key.length <= LONGEST_KEY ? key : `${key.slice(0, LONGEST_KEY - 20).toWellFormed()}… ${digest(key)}`;
}
const LONGEST_KEY = 600;

/**
 * What members of one Alertmanager group must share to be one incident although their keys differ: everything but the
 * service, when the service is only guessed from the job. null for an alert whose service somebody named.
 */
export function looseKey(policy: Policy, labels: Labels): string | null {
  const { service } = serviceOf(policy, labels);
  if (!policy.grouping.by.includes("service") || label(labels, "service") !== "" || (service !== null && Object.hasOwn(policy.services, service))) return null;
  return JSON.stringify(policy.grouping.by.filter((name) => name !== "service").map((name) => label(labels, name)));
}

/** The service and the team an alert is about, and why. */
export function teamOf(policy: Policy, labels: Labels): { readonly service: string | null; readonly team: string | null; readonly reason: string } {
  const { service, reason } = serviceOf(policy, labels);
  const known: PolicyService | undefined = service !== null && Object.hasOwn(policy.services, service) ? policy.services[service] : undefined;
  const labelled = label(labels, "team");
  const [teamName, teamReason] =
    known?.team !== undefined
      ? [known.team, `services.${service}.team`]
      : Object.hasOwn(policy.teams, labelled)
        ? [labelled, `label team="${labelled}"`]
        : policy.defaultTeam !== undefined
          ? [policy.defaultTeam, "defaultTeam"]
          : [null, "no team in the policy"];
  return { service, team: teamName, reason: `service from ${reason}; team from ${teamReason}` };
}

/** Who is told about a service's incident, and what they will want to see. */
export function route(rota: Rota, labels: Labels, at: Instant): Route {
  const { policy } = rota;
  const { service, team: teamName, reason } = teamOf(policy, labels);
  const known = service !== null && Object.hasOwn(policy.services, service) ? policy.services[service] : undefined;
  const team = teamName === null ? undefined : policy.teams[teamName];
  const people = (ids: readonly string[]): RoutedPerson[] => ids.map((id) => routedPerson(policy, id));
  const ladder = rungsOf(policy, teamName);
  return {
    service,
    team: teamName,
    reason,
    channel: team?.channel ?? null,
    members: people(team?.members ?? []),
    oncall: teamName === null ? [] : people(onTeam(rota, teamName, at).primary),
    escalation: ladder.map(({ targets }) => targets.flatMap((target) => (target.kind === "person" ? [target.person] : []))),
    ladder,
    everyone: people(onAnyTeam(rota, at)),
    dashboards: known?.dashboards ?? [],
    runbook: known?.runbook ?? null,
  };
}
