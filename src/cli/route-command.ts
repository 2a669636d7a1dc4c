import { loadPolicy, formatPolicyProblem } from "#config/app-config.ts";
import { channelName } from "#domain/channel/channel-name.ts";
import { DAY_MS, formatDuration } from "#domain/values/duration.ts";
import { parseInstant } from "#domain/values/instant.ts";
import { forecastAlert } from "#domain/alerting/forecast/alert-forecast.ts";
import { groupKey } from "#domain/alerting/grouping.ts";
import { classifyAlert, resolveRoute as routeOf } from "#domain/alerting/routing.ts";
import { maintenanceEnd } from "#domain/alerting/silence.ts";
import type { ForecastPage } from "#domain/paging/forecast.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { AlertLabels } from "#domain/values/alert-labels.ts";
import type { Instant } from "#domain/values/language.ts";
import { watchdogTimeout } from "#domain/alerting/watchdog.ts";
import type { CommandTerminal, EnvironmentVariables } from "#app/terminal.ts";
import { choosesPeople, parseLabels, UsageError, type CommandArgs } from "./cli-command.ts";
import { systemClock } from "#app/clock.ts";

/** How far ahead pages are looked for, in ms: every step of a round, whatever it waits. */
const AHEAD_MS = 7 * DAY_MS;

export function routeCommand({ values, positionals }: CommandArgs, terminal: CommandTerminal): Promise<number> {
  if (positionals.length === 0)
    throw new UsageError("give the alert's labels, for example: alertname=HighLatency service=checkout severity=P2");
  const labels = parseLabels(positionals);
  const at = typeof values["at"] === "string" ? parseInstant(values["at"]) : systemClock();
  if (at === null) throw new UsageError(`"${String(values["at"])}" is no instant; write it like 2026-12-24T09:00:00Z`);
  const file = terminal.env["MUSTER_CONFIG"] || "muster.yaml";
  const { policy, problems } = loadPolicy(file, Boolean(terminal.env["MUSTER_CONFIG"]));
  if (policy === null) return Promise.resolve(terminal.reportFailure(problems.map(formatPolicyProblem).join("\n"), 1));
  const { pages, answer } = routeAnswer(policy, labels, at, terminal.env);
  if (values["json"] === true)
    terminal.printJson({
      ...answer,
      forecast: pages.map((page) => ({ ...page, at: new Date(page.at).toISOString() })),
    });
  else {
    terminal.printTable(
      ["", ""],
      Object.entries(answer).map(([name, value]) => [name, value ?? "none"]),
    );
    terminal.printLine();
  }
  return Promise.resolve(0);
}

type RouteAnswer = Readonly<Record<string, string | null>>;

function routeAnswer(
  policy: Policy,
  labels: AlertLabels,
  at: Instant,
  env: EnvironmentVariables,
): { readonly answer: RouteAnswer; readonly pages: readonly ForecastPage[] } {
  const { priority, reason } = classifyAlert(policy, labels);
  const plan = policy.priorities[priority];
  const to = routeOf({ policy, overrides: [] }, labels, at);
  const pagerChooses = (team: string | null): boolean => choosesPeople(policy, team, env);
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

/** Why labels open no incident. */
function noIncident(policy: Policy, labels: AlertLabels, at: Instant): string {
  const watchdog = watchdogTimeout(policy, labels);
  if (watchdog !== null)
    return `no incident: these are a watchdog's labels, and only its silence for ${formatDuration(watchdog)} opens one`;
  const window = policy.maintenance.find((each) => each.match.matches(labels) && maintenanceEnd(each, at) !== null);
  return window === undefined ? "no incident" : `no incident: maintenance, ${window.reason}`;
}
