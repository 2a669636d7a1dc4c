import { labelValue, type AlertLabels } from "#domain/values/alert-labels.ts";
import type { Instant } from "#domain/values/language.ts";
import { teamEscalationSteps } from "#domain/paging/escalation-steps.ts";
import type { Route } from "#domain/policy/route.ts";
import { onCallForAnyTeam, onCallForTeam, type OnCallRoster } from "#domain/oncall/oncall.ts";
import { routedPerson, type RoutedPerson } from "#domain/policy/people.ts";
import { isExporter } from "#domain/policy/exporters.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { classifySeverity, type ClassifiedPriority } from "#domain/policy/severity.ts";
import { oneLine } from "#domain/values/text.ts";

/** Which service and team an alert belongs to, and why. */
export type AlertMembership = {
  readonly service: string | null;
  readonly team: string | null;
  /** Someone named the service: a label `service`, or the policy. false: it is only guessed from `job`, or unknown. */
  readonly named: boolean;
  readonly reason: string;
};

/**
 * The one answer to which service and team an alert belongs to.
 * Service: the label `service`, then what the policy matches, then `job`. A name of an exporter is none, unless the
 * policy has a service of that name: an exporter reports on what others run.
 * Team: that of the service in the policy, then the label `team` when the policy has such a team, then the policy's
 * default.
 */
export function resolveTeam(policy: Policy, labels: AlertLabels): AlertMembership {
  const { service, named, reason } = findService(policy, labels);
  const owner =
    service !== null && Object.hasOwn(policy.services, service) ? policy.services[service]?.team : undefined;
  const labelled = labelValue(labels, "team");
  const isTeam = Object.hasOwn(policy.teams, labelled);
  const [team, teamReason] =
    owner !== undefined
      ? [owner, `services.${service}.team`]
      : isTeam
        ? [labelled, `label team="${labelled}"`]
        : policy.defaultTeam !== undefined
          ? [policy.defaultTeam, "defaultTeam"]
          : [null, "no team in the policy"];
  return {
    service,
    team,
    named,
    reason: `service from ${reason}; team from ${teamReason}`,
  };
}

type FoundService = Pick<AlertMembership, "service" | "named" | "reason">;

function findService(policy: Policy, labels: AlertLabels): FoundService {
  const passed: string[] = [];
  const labelled = (name: "service" | "job"): string | null => {
    const value = oneLine(labelValue(labels, name), 200);
    if (value === "") return null;
    if (Object.hasOwn(policy.services, value) || !isExporter(policy.exporters, value)) return value;
    passed.push(`${name}="${value}" is an exporter`);
    return null;
  };
  const found = (service: string, named: boolean, reason: string): FoundService => ({
    service,
    named,
    reason: passed.length === 0 ? reason : `${reason} (${passed.join(", ")})`,
  });
  const service = labelled("service");
  if (service !== null) return found(service, true, `label service="${service}"`);
  const job = labelled("job");
  for (const [name, { match }] of Object.entries(policy.services))
    if (match?.matches(labels)) return found(name, true, `policy: services.${name} matches ${match.texts.join(", ")}`);
  if (job !== null) return found(job, Object.hasOwn(policy.services, job), `label job="${job}"`);
  return {
    service: null,
    named: false,
    reason:
      passed.length === 0
        ? "no label service or job, and no service of the policy matches"
        : `no service of the policy that matches (${passed.join(", ")})`,
  };
}

/** How bad an alert is. A rule about a service also fits alerts that have no label of it, and that the policy finds to be its. */
export function classifyAlert(policy: Policy, labels: AlertLabels): ClassifiedPriority {
  if (policy.severity.length === 0) return classifySeverity(policy, labels);
  const { service } = findService(policy, labels);
  const isKnown = service !== null && Object.hasOwn(policy.services, service);
  return classifySeverity(policy, isKnown ? { ...labels, service } : labels);
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
