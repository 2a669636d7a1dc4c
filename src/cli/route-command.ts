import { loadPolicy, formatPolicyProblem } from "#config/app-config.ts";
import { channelName } from "#domain/channel/channel-name.ts";
import { formatDuration } from "#domain/values/duration.ts";
import { stepTitle } from "#domain/paging/escalation-policy.ts";
import { groupKey } from "#domain/alerting/grouping.ts";
import { resolveRoute as routeOf } from "#domain/alerting/routing.ts";
import { classifySeverity } from "#domain/policy/severity.ts";
import { watchdogTimeout } from "#domain/alerting/watchdog.ts";
import { printLine, printJson, printTable } from "#app/terminal.ts";
import { reportFailure, parseLabels, UsageError, type CliCommand } from "./cli-command.ts";
import { systemClock } from "#app/clock.ts";

export const routeCommand: CliCommand = {
  name: "route",
  usage: "route label=value … [--json]",
  summary:
    "Where would an alert with these labels go: priority and why, service, team, pages, channel, ticket, escalation times.",
  options: { json: { type: "boolean", default: false } },
  run({ values, positionals }) {
    if (positionals.length === 0)
      throw new UsageError("give the alert's labels, for example: alertname=HighLatency service=checkout severity=P2");
    const labels = parseLabels(positionals);
    const file = process.env["MUSTER_CONFIG"] || "muster.yaml";
    const { policy, problems } = loadPolicy(file, Boolean(process.env["MUSTER_CONFIG"]));
    if (policy === null) return Promise.resolve(reportFailure(problems.map(formatPolicyProblem).join("\n"), 1));
    const { priority, reason } = classifySeverity(policy, labels);
    const plan = policy.priorities[priority];
    const now = systemClock();
    const to = routeOf({ policy, overrides: [] }, labels, now);
    const paged = plan.page === "none" ? [] : plan.page === "all" ? to.everyone : to.oncall;
    const watchdog = watchdogTimeout(policy, labels);
    const pager =
      Boolean(process.env["PAGERDUTY_ROUTING_KEY"]) ||
      (to.team !== null && policy.teams[to.team]?.pagerduty !== undefined);
    const noOneText = pager
      ? "whoever PagerDuty's escalation policy names"
      : `nobody: nobody is on call${to.team === null ? "" : ` in ${to.team}`}`;
    const answer = {
      ...(watchdog === null
        ? {}
        : {
            opens: `no incident: these are a watchdog's labels, and only its silence for ${formatDuration(watchdog)} opens one`,
          }),
      priority,
      sev: plan.sev,
      why: reason,
      service: to.service,
      team: to.team,
      whyThere: to.reason,
      group: groupKey(policy, labels),
      pages: plan.page === "none" ? "nobody" : paged.length > 0 ? paged.map(({ name }) => name).join(", ") : noOneText,
      escalates:
        plan.escalateAfter === null
          ? "never"
          : `after ${formatDuration(plan.escalateAfter)} to ${(to.ladder ?? []).length > 0 ? to.ladder!.map(stepTitle).join(", then ") : pager ? "whoever PagerDuty's escalation policy names" : "nobody: the team has no escalation"}`,
      channel: plan.channel
        ? `#${channelName(0, `${to.service ?? ""} ${labels["alertname"] ?? ""}`).replace("inc-0", "inc-<n>")}`
        : plan.notify === "team"
          ? `no channel; told in ${to.channel ?? policy.channels.incidents}`
          : "no channel; told in the daily digest",
      ticket:
        typeof plan.ticket === "number" ? `when not acknowledged after ${formatDuration(plan.ticket)}` : plan.ticket,
      resolves:
        plan.quiet === null
          ? "by a person"
          : `when its alerts have been quiet for ${formatDuration(plan.quiet)}, or by a person`,
    };
    if (values["json"] === true) printJson(answer);
    else
      printTable(
        ["", ""],
        Object.entries(answer).map(([name, value]) => [name, value ?? "none"]),
      );
    if (values["json"] !== true) printLine();
    return Promise.resolve(0);
  },
};
