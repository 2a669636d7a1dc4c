import { periodOf } from "#domain/period.ts";
import { isZone } from "#domain/wall-clock.ts";
import { lasting, percent, type Shown, remediatedText } from "#views/statistics.ts";
import { get, getJson } from "./client.ts";
import { print, printJson, table, Usage, type Command } from "./command.ts";
import { systemClock } from "../clock.ts";

export const stats: Command = {
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
    if (positionals.length > 0) throw new Usage(`"${positionals.join(" ")}" is too much; a service is named with --service`);
    if (values["json"] === true && values["csv"] === true) throw new Usage("either --json or --csv");
    const [from, to, zone] = ["from", "to", "zone"].map((name) => values[name]).map((value) => (typeof value === "string" ? value : undefined));
    const period = periodOf({ from, to }, systemClock());
    if (!period.ok) throw new Usage(`--${period.field}: ${period.message}`);
    if (zone !== undefined && !isZone(zone)) throw new Usage(`--zone: "${zone}" is no time zone; write one like Europe/Berlin`);
    const query = new URLSearchParams();
    for (const name of ["from", "to", "service", "zone"]) if (typeof values[name] === "string") query.set(name, values[name]);
    const path = `/api/stats?${query.toString()}`;
    if (values["csv"] === true) process.stdout.write(await (await get(path, values["url"], "text/csv")).text());
    else {
      const shown = await getJson<Shown>(path, values["url"]);
      if (values["json"] === true) printJson(shown);
      else tell(shown);
    }
    return 0;
  },
};

function tell(shown: Shown): void {
  const { incidents, times, failures, pages, updates } = shown;
  print(`From ${shown.from} to ${shown.to}: ${incidents.total} incidents, ${incidents.open} of them open; hours in ${shown.zone}`);
  print(
    `${
      Object.entries(incidents.byPriority)
        .map(([priority, count]) => `${priority} ${count}`)
        .join(", ") || "none"
    }\n`,
  );
  const row = (what: string, spread: Shown["times"]["resolve"]): string[] => [
    what,
    String(spread?.count ?? 0),
    ...[spread?.meanMs, spread?.p50Ms, spread?.p90Ms, spread?.p95Ms].map(lasting),
  ];
  table(
    ["TIME TO", "INCIDENTS", "MEAN", "P50", "P90", "P95"],
    [row("detect", times.detect), row("acknowledge", times.acknowledge), row("mitigate", times.mitigate), row("resolve", times.resolve)],
  );
  print(`\nBetween failures (P0 to P2): ${lasting(failures.meanMsBetween)}`);
  print(`Updates on time: ${updates.onTime} of ${updates.sent}`);
  print(`Pages: ${pages.total}, ${pages.night} in the night${pages.byPerson.map(({ name, pages: count, night }) => `; ${name} ${count} (${night})`).join("")}`);
  const { resolved, alone, approved } = shown.remediated;
  print(`Mitigated by verified runbooks: ${remediatedText(alone.count, resolved)} without a person, ${remediatedText(approved.count, resolved)} with approval`);
  print(`Led to nothing: ${shown.ledToNothing.incidents.join(", ") || "none"}`);
  const signatures = (list: Shown["repeats"]): string => list.map(({ signature, incidents: of }) => `${signature} × ${of.length}`).join("; ") || "none";
  print(`Without a runbook: ${signatures(shown.withoutRunbook)}`);
  print(`Came more than once: ${signatures(shown.repeats)}`);
  print(`Actions past due: ${shown.overdueActions.map(({ incident, id, text, due }) => `${incident} ${id} ${text} (${due})`).join("; ") || "none"}\n`);
  if (shown.services.length === 0) return;
  table(
    ["SERVICE", "MONTH", "DOWN", "UPTIME", "BUDGET", "LEFT", "POLICY"],
    shown.services.map(({ service, month, downMs, uptimePercent, budget }) => [
      service,
      month,
      lasting(downMs),
      percent(uptimePercent),
      budget === null ? "–" : lasting(budget.allowedMs),
      budget === null ? "–" : budget.leftMs < 0 ? `-${lasting(-budget.leftMs)}` : lasting(budget.leftMs),
      budget?.state ?? "–",
    ]),
  );
}
