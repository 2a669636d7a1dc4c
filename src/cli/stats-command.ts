import { parsePeriod } from "#domain/reporting/reporting-period.ts";
import { isZone } from "#domain/values/wall-clock.ts";
import {
  durationOrDash,
  formatPercent,
  type PresentedStatistics,
  remediatedText,
} from "#views/reporting/statistics-export.ts";
import { getResponse, getJson } from "./client.ts";
import { printLine, printJson, printTable } from "#app/terminal.ts";
import { UsageError, type CliCommand } from "./cli-command.ts";
import { systemClock } from "#app/clock.ts";

export const statsCommand: CliCommand = {
  name: "stats",
  usage: "stats [--from DAY] [--to DAY] [--service NAME] [--zone ZONE] [--json | --csv] [--url URL]",
  summary: "What the incidents of a period add up to; without days, the last 30.",
  details:
    "Days are like 2026-11-01 and begin at midnight UTC; --to is the first day that is not in it.\ndocs/statistics.md says how each figure is defined.\n",
  options: {
    from: { type: "string" },
    to: { type: "string" },
    service: { type: "string" },
    zone: { type: "string" },
    json: { type: "boolean", default: false },
    csv: { type: "boolean", default: false },
    url: { type: "string" },
  },
  async run({ values, positionals }) {
    if (positionals.length > 0)
      throw new UsageError(`"${positionals.join(" ")}" is too much; a service is named with --service`);
    if (values["json"] === true && values["csv"] === true) throw new UsageError("either --json or --csv");
    const [from, to, zone] = ["from", "to", "zone"]
      .map((name) => values[name])
      .map((value) => (typeof value === "string" ? value : undefined));
    const period = parsePeriod({ from, to }, systemClock());
    if (!period.ok) throw new UsageError(`--${period.field}: ${period.message}`);
    if (zone !== undefined && !isZone(zone))
      throw new UsageError(`--zone: "${zone}" is no time zone; write one like Europe/Berlin`);
    const query = new URLSearchParams();
    for (const name of ["from", "to", "service", "zone"])
      if (typeof values[name] === "string") query.set(name, values[name]);
    const path = `/api/stats?${query.toString()}`;
    if (values["csv"] === true) process.stdout.write(await (await getResponse(path, values["url"], "text/csv")).text());
    else {
      const shown = await getJson<PresentedStatistics>(path, values["url"]);
      if (values["json"] === true) printJson(shown);
      else printStatistics(shown);
    }
    return 0;
  },
};

function printStatistics(shown: PresentedStatistics): void {
  const { incidents, times, failures, pages, updates } = shown;
  printLine(
    `From ${shown.from} to ${shown.to}: ${incidents.total} incidents, ${incidents.open} of them open; hours in ${shown.zone}`,
  );
  printLine(
    `${
      Object.entries(incidents.byPriority)
        .map(([priority, count]) => `${priority} ${count}`)
        .join(", ") || "none"
    }\n`,
  );
  const row = (what: string, spread: PresentedStatistics["times"]["resolve"]): string[] => [
    what,
    String(spread?.count ?? 0),
    ...[spread?.meanMs, spread?.p50Ms, spread?.p90Ms, spread?.p95Ms].map(durationOrDash),
  ];
  printTable(
    ["TIME TO", "INCIDENTS", "MEAN", "P50", "P90", "P95"],
    [
      row("detect", times.detect),
      row("acknowledge", times.acknowledge),
      row("mitigate", times.mitigate),
      row("resolve", times.resolve),
    ],
  );
  printLine(`\nBetween failures (P0 to P2): ${durationOrDash(failures.meanMsBetween)}`);
  printLine(`Updates on time: ${updates.onTime} of ${updates.sent}`);
  printLine(
    `Pages: ${pages.total}, ${pages.night} in the night${pages.byPerson.map(({ name, pages: count, night }) => `; ${name} ${count} (${night})`).join("")}`,
  );
  const { resolved, alone, approved } = shown.remediated;
  printLine(
    `Mitigated by verified runbooks: ${remediatedText(alone.count, resolved)} without a person, ${remediatedText(approved.count, resolved)} with approval`,
  );
  printLine(`Led to nothing: ${shown.ledToNothing.incidents.join(", ") || "none"}`);
  const signatures = (list: PresentedStatistics["repeats"]): string =>
    list.map(({ signature, incidents: of }) => `${signature} × ${of.length}`).join("; ") || "none";
  printLine(`Without a runbook: ${signatures(shown.withoutRunbook)}`);
  printLine(`Came more than once: ${signatures(shown.repeats)}`);
  printLine(
    `Actions past due: ${shown.overdueActions.map(({ incident, id, text, due }) => `${incident} ${id} ${text} (${due})`).join("; ") || "none"}\n`,
  );
  if (shown.services.length === 0) return;
  printTable(
    ["SERVICE", "MONTH", "DOWN", "UPTIME", "BUDGET", "LEFT", "POLICY"],
    shown.services.map(({ service, month, downMs, uptimePercent, budget }) => [
      service,
      month,
      durationOrDash(downMs),
      formatPercent(uptimePercent),
      budget === null ? "–" : durationOrDash(budget.allowedMs),
      budget === null ? "–" : budget.leftMs < 0 ? `-${durationOrDash(-budget.leftMs)}` : durationOrDash(budget.leftMs),
      budget?.state ?? "–",
    ]),
  );
}
