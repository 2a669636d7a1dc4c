import { loadPolicy, showProblem } from "#config";
import { channelName } from "#domain/channel-name.ts";
import { duration } from "#domain/instant.ts";
import { titleOf } from "#domain/ladder.ts";
import { groupKey, route as routeOf } from "#domain/route.ts";
import { classify } from "#domain/severity.ts";
import { watchdogWithin } from "#domain/watchdog.ts";
import { fail, labelsOf, print, printJson, table, Usage, type Command } from "./command.ts";
import { systemClock } from "../clock.ts";

export const route: Command = {
  name: "route",
  usage: "route label=value … [--json]",
  summary: "Where would an alert with these labels go: priority and why, service, team, pages, channel, ticket, escalation times.",
  options: { json: { type: "boolean", default: false } },
  run({ values, positionals }) {
    if (positionals.length === 0) throw new Usage("give the alert's labels, for example: alertname=HighLatency service=checkout severity=P2");
    const labels = labelsOf(positionals);
    const file = process.env["MUSTER_CONFIG"] || "muster.yaml";
    const { policy, problems } = loadPolicy(file, Boolean(process.env["MUSTER_CONFIG"]));
    if (policy === null) return Promise.resolve(fail(problems.map(showProblem).join("\n"), 1));
    const { priority, reason } = classify(policy, labels);
    const plan = policy.priorities[priority];
    const now = systemClock();
    const to = routeOf({ policy, overrides: [] }, labels, now);
    const paged = plan.page === "none" ? [] : plan.page === "all" ? to.everyone : to.oncall;
    const watchdog = watchdogWithin(policy, labels);
    const pager = Boolean(process.env["PAGERDUTY_ROUTING_KEY"]) || (to.team !== null && policy.teams[to.team]?.pagerduty !== undefined);
    const nobody = pager ? "whoever PagerDuty's escalation policy names" : `nobody: nobody is on call${to.team === null ? "" : ` in ${to.team}`}`;
    const answer = {
      ...(watchdog === null ? {} : { opens: `no incident: these are a watchdog's labels, and only its silence for ${duration(watchdog)} opens one` }),
      priority,
      sev: plan.sev,
      why: reason,
      service: to.service,
      team: to.team,
      whyThere: to.reason,
      group: groupKey(policy, labels),
      pages: plan.page === "none" ? "nobody" : paged.length > 0 ? paged.map(({ name }) => name).join(", ") : nobody,
      escalates:
        plan.escalateAfter === null
          ? "never"
          : `after ${duration(plan.escalateAfter)} to ${(to.ladder ?? []).length > 0 ? to.ladder!.map(titleOf).join(", then ") : pager ? "whoever PagerDuty's escalation policy names" : "nobody: the team has no escalation"}`,
      channel: plan.channel
        ? `#${channelName(0, `${to.service ?? ""} ${labels["alertname"] ?? ""}`).replace("inc-0", "inc-<n>")}`
        : plan.notify === "team"
          ? `no channel; told in ${to.channel ?? policy.channels.incidents}`
          : "no channel; told in the daily digest",
      ticket: typeof plan.ticket === "number" ? `when not acknowledged after ${duration(plan.ticket)}` : plan.ticket,
      resolves: plan.quiet === null ? "by a person" : `when its alerts have been quiet for ${duration(plan.quiet)}, or by a person`,
    };
    if (values["json"] === true) printJson(answer);
    else
      table(
        ["", ""],
        Object.entries(answer).map(([name, value]) => [name, value ?? "none"]),
      );
    if (values["json"] !== true) print();
    return Promise.resolve(0);
  },
};
