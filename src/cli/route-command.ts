import { loadPolicy, formatPolicyProblem } from "#config/app-config.ts";
import { channelName } from "#domain/channel/channel-name.ts";
import { DAY_MS, formatDuration } from "#domain/values/duration.ts";
import { parseInstant } from "#domain/values/instant.ts";
import { forecastAlert } from "#domain/alerting/forecast/alert-forecast.ts";
import { groupKey } from "#domain/alerting/grouping.ts";
import { resolveRoute as routeOf } from "#domain/alerting/routing.ts";
import { maintenanceEnd } from "#domain/alerting/silence.ts";
import type { ForecastPage } from "#domain/paging/forecast.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { classifySeverity } from "#domain/policy/severity.ts";
import type { AlertLabels } from "#domain/values/delivery.ts";
import type { Instant } from "#domain/values/language.ts";
import { watchdogTimeout } from "#domain/alerting/watchdog.ts";
import { printLine, printJson, printTable } from "#app/terminal.ts";
import { reportFailure, parseLabels, UsageError, type CliCommand } from "./cli-command.ts";
import { systemClock } from "#app/clock.ts";

/** How far ahead pages are looked for, in ms: every step of a round, whatever it waits. */
const AHEAD_MS = 7 * DAY_MS;

export const routeCommand: CliCommand = {
  name: "route",
  usage: "route label=value … [--at T] [--json]",
  summary:
    "Where would an alert with these labels go: priority and why, service, team, whom it pages and when, channel, ticket. Now, or at an instant such as 2026-12-24T09:00:00Z.",
  options: { json: { type: "boolean", default: false }, at: { type: "string" } },
  run({ values, positionals }) {
    if (positionals.length === 0)
      throw new UsageError("give the alert's labels, for example: alertname=HighLatency service=checkout severity=P2");
    const labels = parseLabels(positionals);
    const at = typeof values["at"] === "string" ? parseInstant(values["at"]) : systemClock();
    if (at === null)
      throw new UsageError(`"${String(values["at"])}" is no instant; write it like 2026-12-24T09:00:00Z`);
    const file = process.env["MUSTER_CONFIG"] || "muster.yaml";
    const { policy, problems } = loadPolicy(file, Boolean(process.env["MUSTER_CONFIG"]));
    if (policy === null) return Promise.resolve(reportFailure(problems.map(formatPolicyProblem).join("\n"), 1));
    const { pages, answer } = routeAnswer(policy, labels, at);
    if (values["json"] === true)
      printJson({ ...answer, forecast: pages.map((page) => ({ ...page, at: new Date(page.at).toISOString() })) });
    else {
      printTable(
        ["", ""],
        Object.entries(answer).map(([name, value]) => [name, value ?? "none"]),
      );
      printLine();
    }
    return Promise.resolve(0);
  },
};

type RouteAnswer = Readonly<Record<string, string | null>>;

function routeAnswer(
  policy: Policy,
  labels: AlertLabels,
  at: Instant,
): { readonly answer: RouteAnswer; readonly pages: readonly ForecastPage[] } {
  const { priority, reason } = classifySeverity(policy, labels);
  const plan = policy.priorities[priority];
  const to = routeOf({ policy, overrides: [] }, labels, at);
  const pagerChooses = (team: string | null): boolean => choosesPeople(policy, team);
  const forecast = forecastAlert(labels, { now: at, policy, pagerChooses }, at + AHEAD_MS);
  const pages = forecast.pages.filter(({ round }) => round === 0);
  const noOne = `nobody: no one is on call${to.team === null ? "" : ` in ${to.team}`}`;
  const named = ({ to: names, people }: ForecastPage): string =>
    people.length > 0 ? names : "the people in PagerDuty's escalation policy";
  const atOnce = pages.filter((page) => page.at === at);
  const later = pages.filter((page) => page.at > at);
  const opens = forecast.incident === null ? noIncident(policy, labels, at) : null;
  const answer: RouteAnswer = {
    ...(opens === null ? {} : { opens }),
    priority,
    sev: plan.sev,
    why: reason,
    service: to.service,
    team: to.team,
    whyThere: to.reason,
    group: groupKey(policy, labels),
    pages: plan.page === "none" || opens !== null ? "nobody" : atOnce.length > 0 ? atOnce.map(named).join(", ") : noOne,
    escalates:
      later.length === 0
        ? "never"
        : later.map((page) => `after ${formatDuration(page.at - at)} to ${named(page)}`).join(", "),
    channel: plan.channel
      ? `#${channelName(0, `${to.service ?? ""} ${labels["alertname"] ?? ""}`).replace("inc-0", "inc-<n>")}`
      : plan.notify === "team"
        ? `no channel; posted in ${to.channel ?? policy.channels.incidents}`
        : "no channel; listed in the daily digest",
    ticket:
      typeof plan.ticket === "number" ? `when not acknowledged after ${formatDuration(plan.ticket)}` : plan.ticket,
    resolves:
      plan.quiet === null
        ? "by a person"
        : `when its alerts have been quiet for ${formatDuration(plan.quiet)}, or by a person`,
  };
  return { answer, pages };
}

/** Whether a pager of this environment and policy chooses whom to wake when a page of a team names no one. */
export function choosesPeople(policy: Policy, team: string | null): boolean {
  return (
    Boolean(process.env["PAGERDUTY_ROUTING_KEY"]) || (team !== null && policy.teams[team]?.pagerduty !== undefined)
  );
}

/** Why labels open no incident. */
function noIncident(policy: Policy, labels: AlertLabels, at: Instant): string {
  const watchdog = watchdogTimeout(policy, labels);
  if (watchdog !== null)
    return `no incident: these are a watchdog's labels, and only its silence for ${formatDuration(watchdog)} opens one`;
  const window = policy.maintenance.find((each) => each.match.matches(labels) && maintenanceEnd(each, at) !== null);
  return window === undefined ? "no incident" : `no incident: maintenance, ${window.reason}`;
}
