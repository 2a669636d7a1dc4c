import { parsePeriod } from "#domain/reporting/reporting-period.ts";
import { isZone } from "#domain/values/wall-clock.ts";
import {
  durationOrDash,
  formatPercent,
  type PresentedStatistics,
  remediatedText,
  shownOf,
} from "#views/reporting/statistics-export.ts";
import { MusterClient } from "./client.ts";
import type { CommandTerminal } from "#app/terminal.ts";
import { UsageError, type CommandArgs } from "./cli-command.ts";
import { systemClock } from "#app/clock.ts";

export async function statsCommand({ values, positionals }: CommandArgs, terminal: CommandTerminal): Promise<number> {
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
  const client = new MusterClient(values["url"], terminal.env);
  if (values["csv"] === true) terminal.printText(await (await client.getResponse(path, "text/csv")).text());
  else {
    const shown = await client.getJson<PresentedStatistics>(path);
    if (values["json"] === true) terminal.printJson(shown);
    else printStatistics(shown, terminal);
  }
  return 0;
}

/** " (50 of 6,600)" after a list that is cut. */
function cut(listed: number, count: number): string {
  return listed < count ? ` (${shownOf(listed, count)})` : "";
}

function printStatistics(shown: PresentedStatistics, terminal: CommandTerminal): void {
  const { incidents, times, failures, pages, updates } = shown;
  terminal.printLine(
    `From ${shown.from} to ${shown.to}: ${incidents.total} incidents, ${incidents.open} of them open; hours in ${shown.zone}`,
  );
  terminal.printLine(
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
  terminal.printTable(
    ["TIME TO", "INCIDENTS", "MEAN", "P50", "P90", "P95"],
    [
      row("detect", times.detect),
      row("acknowledge", times.acknowledge),
      row("mitigate", times.mitigate),
      row("resolve", times.resolve),
    ],
  );
  terminal.printLine(`\nBetween failures (P0 to P2): ${durationOrDash(failures.meanMsBetween)}`);
  terminal.printLine(`Updates on time: ${updates.onTime} of ${updates.sent}`);
  terminal.printLine(
    `Pages: ${pages.total}, ${pages.night} in the night${pages.byPerson.map(({ name, pages: count, night }) => `; ${name} ${count} (${night})`).join("")}`,
  );
  const { resolved, alone, approved } = shown.remediated;
  terminal.printLine(
    `Mitigated by verified runbooks: ${remediatedText(alone.count, resolved)} without a person, ${remediatedText(approved.count, resolved)} with approval`,
  );
  terminal.printLine(
    `Without action: ${shown.ledToNothing.incidents.join(", ") || "none"}${cut(shown.ledToNothing.incidents.length, shown.ledToNothing.count)}`,
  );
  const signatures = (name: "withoutRunbook" | "repeats"): string =>
    `${shown[name].map(({ signature, count }) => `${signature} × ${count}`).join("; ") || "none"}${cut(shown[name].length, shown.lists[name]?.count ?? 0)}`;
  terminal.printLine(`Without a runbook: ${signatures("withoutRunbook")}`);
  terminal.printLine(`Came more than once: ${signatures("repeats")}`);
  terminal.printLine(
    `Actions past due: ${shown.overdueActions.map(({ incident, id, text, due }) => `${incident} ${id} ${text} (${due})`).join("; ") || "none"}\n`,
  );
  if (shown.services.length === 0) return;
  terminal.printTable(
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
