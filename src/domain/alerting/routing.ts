import { labelValue, type AlertLabels } from "#domain/values/delivery.ts";
import type { Instant } from "#domain/values/language.ts";
import { teamEscalationSteps } from "#domain/paging/escalation-policy.ts";
import type { Route } from "#domain/policy/route.ts";
import { onCallForAnyTeam, onCallForTeam, type OnCallRoster } from "#domain/oncall/oncall.ts";
import { routedPerson, type RoutedPerson } from "#domain/policy/people.ts";
import type { Policy, PolicyService } from "#domain/policy/policy.ts";
import { oneLine } from "#domain/values/text.ts";

/** The service an alert is about: label `service`, then `job`, then the policy's matchers. */
export function resolveService(
  policy: Policy,
  labels: AlertLabels,
): { readonly service: string | null; readonly reason: string } {
  for (const name of ["service", "job"]) {
    const value = oneLine(labelValue(labels, name), 200);
    if (value !== "") return { service: value, reason: `label ${name}="${value}"` };
  }
  for (const [name, service] of Object.entries(policy.services))
    if (service.match?.matches(labels))
      return { service: name, reason: `policy: services.${name} matches ${service.match.texts.join(", ")}` };
  return { service: null, reason: "no label service or job, and no service of the policy matches" };
}

/** The service and the team an alert is about, and why. */
export function resolveTeam(
  policy: Policy,
  labels: AlertLabels,
): { readonly service: string | null; readonly team: string | null; readonly reason: string } {
  const { service, reason } = resolveService(policy, labels);
  const known: PolicyService | undefined =
    service !== null && Object.hasOwn(policy.services, service) ? policy.services[service] : undefined;
  const labelled = labelValue(labels, "team");
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

/** Whom to notify of a service's incident, and the links they need. */
export function resolveRoute(rota: OnCallRoster, labels: AlertLabels, at: Instant): Route {
  const { policy } = rota;
  const { service, team: teamName, reason } = resolveTeam(policy, labels);
  const known = service !== null && Object.hasOwn(policy.services, service) ? policy.services[service] : undefined;
  const team = teamName === null ? undefined : policy.teams[teamName];
  const people = (ids: readonly string[]): RoutedPerson[] => ids.map((id) => routedPerson(policy, id));
  const steps = teamEscalationSteps(policy, teamName);
  return {
    service,
    team: teamName,
    reason,
    channel: team?.channel ?? null,
    members: people(team?.members ?? []),
    oncall: teamName === null ? [] : people(onCallForTeam(rota, teamName, at).primary),
    escalation: steps.map(({ targets }) =>
      targets.flatMap((target) => (target.kind === "person" ? [target.person] : [])),
    ),
    ladder: steps,
    everyone: people(onCallForAnyTeam(rota, at)),
    dashboards: known?.dashboards ?? [],
    runbook: known?.runbook ?? null,
  };
}
