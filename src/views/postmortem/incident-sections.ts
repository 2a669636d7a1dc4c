import { incidentPath } from "#domain/incident/incident-path.ts";
import type { AffectedScope } from "#domain/postmortem/affected-scope.ts";
import { formatDuration, formatDelay } from "#domain/values/duration.ts";
import { formatUtc, formatUtcDay, formatUtcTime } from "#domain/values/instant.ts";
import { ROLE_TITLES, ROLES, type Instant } from "#domain/values/language.ts";
import { overlapDuration } from "#domain/reporting/downtime.ts";
import type { ComputedValue, PostmortemDraft } from "#domain/postmortem/postmortem.ts";
import { labelValue } from "#domain/values/alert-labels.ts";
import { truncateText } from "#domain/values/text.ts";
import { escapeMarkdown } from "#views/values/markdown-text.ts";

/** The person who owes the text: who owns it, else who had command, else the role. */
export function responsibleName({ incident }: PostmortemDraft): string {
  return escapeMarkdown((incident.postmortem.owner ?? incident.roles.commander)?.name ?? "incident commander");
}

export function statusSection(draft: PostmortemDraft): string {
  const { incident, due } = draft;
  const worst = `${incident.peak}${incident.peak === incident.priority ? "" : ` at its worst, ${incident.priority} at the end`} (${escapeMarkdown(draft.worst.value.sev)})`;
  const { service, team } = incident.route;
  const { reviewers } = incident.postmortem;
  return [
    `Status: ${incident.postmortem.state} · Priority: ${worst} · Service: ${service === null ? "unknown" : escapeMarkdown(service)} · Team: ${team === null ? "none" : escapeMarkdown(team)}${incident.drill ? " · **a drill**" : ""}${incident.private ? " · **private**" : ""}`,
    `Owner: ${responsibleName(draft)} · Due: ${due ?? "not asked for"}${reviewers.length === 0 ? "" : ` · Reviewers: ${reviewers.map(({ name }) => escapeMarkdown(name)).join(", ")}`} · Blameless: this page asks what, never who.`,
  ].join("\n\n");
}

export function summarySection(draft: PostmortemDraft): string {
  const { incident, detected, acknowledged, mitigated, resolved, times, trigger, tried, worst } = draft;
  const what = `On ${formatUtcDay(detected.value)} at ${formatUtcTime(detected.value)} UTC ${escapeMarkdown(incident.route.service ?? "an unknown service")} had "${escapeMarkdown(withoutService(incident))}" (${incident.peak}, ${escapeMarkdown(worst.value.sev)})`;
  const length =
    resolved === null
      ? "; it is not resolved yet"
      : ` for ${formatDuration(resolved.value - detected.value)}${over(draft, detected.value, resolved.value)}`;
  const found = `${trigger === null ? "A person declared it" : "An alert detected it"} ${formatDelay(times.detect.value)}.`;
  const receiptNote =
    times.acknowledge === null || acknowledged === null
      ? "No one acknowledged it."
      : `It was acknowledged ${formatDelay(times.acknowledge.value)}.`;
  // What was done after it was better cannot have made it so.
  const step = tried.findLast(
    ({ outcome, startedAt }) => outcome === "helped" && mitigated !== null && startedAt <= mitigated.value,
  );
  const better =
    times.mitigate === null || mitigated === null || mitigated.value === resolved?.value
      ? step === undefined
        ? ""
        : ` "${escapeMarkdown(step.step)}" helped (${step.run} ${escapeMarkdown(step.ended)}).`
      : ` It was mitigated ${formatDelay(times.mitigate.value)}${step === undefined ? "" : ` by "${escapeMarkdown(step.step)}"`}.`;
  const how =
    resolved === null
      ? ""
      : incident.resolvedBy === "alerts"
        ? " It resolved when its alerts did."
        : " A person resolved it.";
  return `${what}${length}. ${found} ${receiptNote}${better}${how}`;
}

/** "order-service: latency" as it follows the name of the service. */
function withoutService({ title, route: { service } }: PostmortemDraft["incident"]): string {
  return service !== null && title.toLowerCase().startsWith(`${service.toLowerCase()}: `)
    ? title.slice(service.length + 2)
    : title;
}

/** For how long of a stretch the incident had ended, in words; nothing when it never had. */
function over({ quietPeriods }: PostmortemDraft, from: Instant, to: Instant): string {
  const ms = overlapDuration(quietPeriods, { from, to });
  return ms === 0 ? "" : `, of which it was over for ${formatDuration(ms)} until it was re-opened`;
}

const DIFFERS = {
  "opened late": (ms: number) => `Muster opened it ${formatDuration(ms)} after alerts say that it began.`,
  "opened early": (ms: number) => `It was opened ${formatDuration(ms)} before alerts say that it began.`,
  "resolved late": (ms: number) => `It was declared resolved ${formatDuration(ms)} after the last alert had ended.`,
  "resolved early": (ms: number) => `It was declared resolved ${formatDuration(ms)} before the last alert ended.`,
  "still firing": () => "It was declared resolved while alerts still fire.",
};

export function impactSection(draft: PostmortemDraft): string {
  const { impact: window, incident, differences, revenue, timeline, budgets, where } = draft;
  const { from, to } = window;
  const until = to === null ? "now (alerts still fire)" : formatUtc(to);
  const length = to === null ? "" : ` (${formatDuration(to - from)}${over(draft, from, to)})`;
  const { total, flaps } = incident.alerts;
  const alerts =
    total === 0
      ? ""
      : `: ${total} ${total === 1 ? "alert" : "alerts"}${flaps > 0 ? `, ${flaps} ${flaps === 1 ? "flap" : "flaps"}` : ""}`;
  const declared = `Declared from ${formatUtc(incident.openedAt)} to ${incident.resolvedAt === null ? "now (it is open)" : formatUtc(incident.resolvedAt)}.`;
  const events = timeline
    .filter(({ type }) => type === "alerts.fired" || type === "alerts.resolved")
    .map(({ seq }) => seq);
  return [
    `${total === 0 ? "It went wrong" : "Alerts say that something was wrong"} from ${formatUtc(from)} to ${until}${length}${alerts}.`,
    [declared, ...differences.map(({ what, ms }) => DIFFERS[what](ms))].join(" ") +
      (events.length === 0 ? "" : ` Evidence: ${citeEvents(draft, events)}.`),
    where.length === 0 ? "" : `Where, by its alerts: ${where.map(place).join("; ")}.`,
    revenue === null
      ? ""
      : `Estimated revenue impact: ${money(revenue.amount)} at the most (${revenue.minutes} min × ${money(revenue.perMinute)} a minute, the figure of the ${revenue.of} for a complete outage).`,
    ...budgets.map(
      ({ month, down, budget: { allowed, slo, usedShare } }) =>
        `Error budget: ${formatDuration(down)} of the ${formatDuration(allowed)} for which ${escapeMarkdown(incident.route.service ?? "it")} may be down in ${month} (${slo} %), ${share(usedShare)}.`,
    ),
  ]
    .filter((each) => each !== "")
    .join("\n\n");
}

/** "region eu-1 (12 alerts), us-1 (3)"; the counts are shown where there are several. */
function place({ label: name, values, more }: AffectedScope): string {
  const counted = values.map(([value, alerts], i) =>
    values.length === 1
      ? escapeMarkdown(truncateText(value, MAX_LENGTH))
      : `${escapeMarkdown(truncateText(value, MAX_LENGTH))} (${i === 0 ? `${alerts} ${alerts === 1 ? "alert" : "alerts"}` : alerts})`,
  );
  return `${name} ${counted.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

export function metricsSection(draft: PostmortemDraft): string {
  const { incident, detected, acknowledged, mitigated, resolved, times } = draft;
  const row = (name: string, at: Instant | null, length: ComputedValue<number> | null, what: string): string[] => [
    name,
    at === null || length === null ? "–" : formatUtc(at),
    length === null ? "–" : `${formatDuration(length.value)} ${what}`,
    length === null ? "" : citeEvents(draft, length.from),
  ];
  const { sent, onTime } = times.updates.value;
  const start = "after the start";
  const opening = "after the opening";
  const after = (length: ComputedValue<number> | null): Instant | null =>
    length === null ? null : incident.openedAt + length.value;
  return renderTable(
    ["", "When", "How long", "Evidence"],
    [
      ["Started", formatUtc(detected.value), "–", citeEvents(draft, detected.from)],
      row("Detected (TTD)", incident.openedAt, times.detect, start),
      row(
        "Acknowledged (TTA)",
        acknowledged?.value ?? null,
        times.acknowledge,
        incident.pages.length === 0 ? opening : "after the page",
      ),
      row("Mitigated (TTM)", mitigated?.value ?? null, times.mitigate, start),
      row("Resolved (TTR)", resolved?.value ?? null, times.resolve, start),
      row("Someone had command", after(times.commander), times.commander, opening),
      row("First update", after(times.update), times.update, opening),
      row("Customers were told", after(times.customers), times.customers, opening),
      [
        "Longest silence",
        "–",
        times.silence === null ? "–" : `${formatDuration(times.silence.value)} in which those who wait heard nothing`,
        citeEvents(draft, times.silence?.from ?? []),
      ],
      [
        "Updates on time",
        "–",
        sent === 0 ? "none was posted" : `${onTime} of ${sent}`,
        citeEvents(draft, times.updates.from),
      ],
    ],
  );
}

export function timeInPrioritiesTable(draft: PostmortemDraft): string {
  return renderTable(
    ["Priority", "Time", "Evidence"],
    draft.timeIn.map(({ priority, ms, from }) => [priority, formatDuration(ms), citeEvents(draft, from)]),
  );
}

export function triggerSection(draft: PostmortemDraft): string {
  const { trigger: first, incident } = draft;
  const { source, runbook } = incident.links;
  const statement =
    first === null
      ? `Declared by a person (${citeEvents(draft, draft.openedBy)}).`
      : `First alert: ${escapeMarkdown(first.value)} (${citeEvents(draft, first.from)}).`;
  return [
    statement,
    `Why ${incident.peak}: ${escapeMarkdown(draft.worst.value.reason)}${draft.worst.from.length === 0 ? "" : ` (${citeEvents(draft, draft.worst.from)})`}.`,
    ...described(draft),
    ...(expression(source) === null ? [] : [`Expression: ${escapeMarkdown(expression(source)!)}`]),
    ...(source === null ? [] : [`Alert source: <${source}>`]),
    runbook === null ? "It carries no runbook." : `Runbook: <${runbook}>`,
  ].join("\n\n");
}

/** Labels of an alert that are shown, and how much of each. */
const [LABELS, MAX_LENGTH] = [30, 200];

/** The first alert in its own words: what separates it from others, and what its rule describes. */
function described({ described: alert }: PostmortemDraft): readonly string[] {
  if (alert === null) return [];
  const labels = Object.entries(alert.labels).slice(0, LABELS);
  const description = labelValue(alert.annotations, "description");
  return [
    ...(labels.length === 0
      ? []
      : [
          `Labels: ${labels.map(([name, value]) => `${escapeMarkdown(name)}="${escapeMarkdown(truncateText(value, MAX_LENGTH))}"`).join(", ")}`,
        ]),
    ...(description === "" ? [] : [`It said: ${escapeMarkdown(truncateText(description, MAX_LENGTH * 5))}`]),
  ];
}

/** What Prometheus evaluates, from the address of its graph. */
function expression(source: string | null): string | null {
  return source === null || !URL.canParse(source) ? null : new URL(source).searchParams.get("g0.expr");
}

export function detectionSection(draft: PostmortemDraft): string {
  const { trigger: first, times, incident, openedBy, staleAlerts } = draft;
  const { total } = incident.alerts;
  const when = times.detect.value < 1_000 ? "at once" : `${formatDuration(times.detect.value)} after the start`;
  const by = `${first === null ? "A person" : "Monitoring"} noticed it ${when} (${citeEvents(draft, first === null ? openedBy : times.detect.from)})`;
  const alerts = first === null ? firstAlert(draft) : `: ${total} ${total === 1 ? "alert" : "alerts"} in the end`;
  return `${by}${alerts}.${staleAlerts.length === 0 ? "" : ` Alerts went unheard of while they may have fired (${citeEvents(draft, staleAlerts)}).`}`;
}

/** The first alert of an incident that a person reported first. */
function firstAlert(draft: PostmortemDraft): string {
  const { firstAlertAt, incident } = draft;
  if (firstAlertAt === null) return "; no alert told of it";
  return `; the first alert came ${firstAlertAt.value <= incident.openedAt ? "at once" : `${formatDuration(firstAlertAt.value - incident.openedAt)} later`} (${citeEvents(draft, firstAlertAt.from)})`;
}

export function rolesSection(draft: PostmortemDraft): string {
  const rows = draft.roles.map(({ role, name, since, until, ms, from }) => [
    ROLE_TITLES[role],
    escapeMarkdown(name),
    formatUtc(since),
    `${formatDuration(ms)}${until === null ? "" : `, until ${formatUtcTime(until)}`}`,
    citeEvents(draft, from),
  ]);
  const empty = ROLES.filter((role) => !draft.roles.some((each) => each.role === role)).map((role) => [
    ROLE_TITLES[role],
    "no one",
    "",
    "",
    "",
  ]);
  const others =
    draft.joined.length === 0 ? "" : `\n\nJoined the channel: ${draft.joined.map(escapeMarkdown).join(", ")}.`;
  return renderTable(["Role", "Who", "From", "How long", "Evidence"], [...rows, ...empty]) + others;
}

export function pagesSection(draft: PostmortemDraft): string {
  const { pages: sent } = draft;
  if (sent.length === 0) return "No one was paged.";
  return renderTable(
    ["Paged (UTC)", "Who", "Priority", "Sent", "Answered", "Evidence"],
    sent.map(({ to, priority, requestedAt, sentAt, acknowledgedAt, status: is, came: arrived, from }) => [
      formatUtc(requestedAt).slice(0, 19),
      escapeMarkdown(to),
      priority,
      is === "failed" ? "did not get through" : sentAt === null ? "–" : formatDelay(sentAt - requestedAt),
      acknowledgedAt !== null
        ? formatDelay(acknowledgedAt - requestedAt)
        : arrived !== null
          ? `not in the pager, but was there ${formatDelay(arrived - requestedAt)}`
          : "–",
      citeEvents(draft, from),
    ]),
  );
}

/** The numbers of events, as links to their entries in the timeline, else to where they came from. */
export function citeEvents({ permalinks, publicUrl, incident }: PostmortemDraft, seqs: readonly number[]): string {
  const shown = seqs.length <= 6 ? seqs : [...seqs.slice(0, 3), ...seqs.slice(-3)];
  const one = (seq: number): string => {
    const place =
      publicUrl === null
        ? permalinks[seq]
        : `${publicUrl}${incidentPath(incident, { query: { entry: String(seq) }, part: `e${seq}` })}`;
    return place === undefined ? `event ${seq}` : `[event ${seq}](<${place}>)`;
  };
  const [head, tail] = shown.length === seqs.length ? [shown, []] : [shown.slice(0, 3), shown.slice(3)];
  return [...head.map(one), ...(tail.length === 0 ? [] : ["…"]), ...tail.map(one)].join(", ");
}

export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function share(of: number): string {
  return of === Infinity ? "and it may not be down at all" : `${Math.round(of * 100)} % of it`;
}

function money(amount: number): string {
  return `$${Math.round(amount)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",")}`;
}
