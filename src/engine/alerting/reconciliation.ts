import { alertsEndedByReconciliation, markMissing, staleAlerts } from "#db/alerts.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import type { Alert } from "#domain/incident/alert.ts";
import { firingAgainSince, judgeAnswer, type SourceAnswer, type PolledAlert } from "#domain/alerting/source-answer.ts";
import { DAY_MS, MINUTE_MS } from "#domain/values/duration.ts";
import { formatIso } from "#domain/values/instant.ts";
import { priorityRank, type Instant } from "#domain/values/language.ts";
import { staleAfter } from "#domain/alerting/watchdog.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { CommandSubmission, SubmitCommand } from "#engine/base/submit.ts";

/** An alert that was received so recently needs no asking, in ms: longer than Alertmanager's default group_interval. */
export const FRESH_MS = 10 * MINUTE_MS;

/** How long it is asked whether it was wrong to end an alert, in ms from the first answer without it: an outage of Prometheus, and a night. */
const DOUBT_MS = DAY_MS;

/**
 * Asks the source itself about alerts it has not spoken of recently, and takes its answer as a delivery: what it has not
 * known for a while has ended, and what was ended so and is listed after all fires. To be called every minute, by any
 * number of processes. Rejects with PortError when the source cannot be asked, and then has changed nothing.
 */
export async function reconcileAlerts(engine: Engine, submit: SubmitCommand): Promise<void> {
  const { alertSource } = engine;
  if (alertSource === null) return;
  const { db } = engine.connection;
  const { name } = alertSource;
  // Before the source is asked: what starts while it answers is newer than its answer.
  const now = engine.clock();
  let answer: SourceAnswer | undefined;
  for await (const alerts of staleAlerts(db, name, now - FRESH_MS)) {
    answer ??= await alertSource.active();
    await compare(engine, submit, alerts, answer, now);
  }
  for await (const alerts of alertsEndedByReconciliation(db, name, keyOf(name), now - DOUBT_MS)) {
    answer ??= await alertSource.active();
    await Promise.all(
      alerts.flatMap((alert) => {
        const startsAt = firingAgainSince(alert, answer!);
        return startsAt === null ? [] : [submit(reportedCommand({ ...alert, startsAt }, "firing", now))];
      }),
    );
  }
}

async function compare(
  engine: Engine,
  submit: SubmitCommand,
  alerts: readonly PolledAlert[],
  answer: SourceAnswer,
  now: Instant,
): Promise<void> {
  const marks: { readonly source: string; readonly fingerprint: string; readonly since: Instant | null }[] = [];
  const news: CommandSubmission[] = [];
  for (const alert of alerts) {
    const { fingerprint, missingSince, lastSeenAt, source } = alert;
    switch (judgeAnswer(alert, answer, now)) {
      case "listed":
        if (missingSince !== null) marks.push({ source, fingerprint, since: null });
        // Polled rarely: enough to keep it from counting as stale.
        if (now - lastSeenAt >= staleAfter(engine.policy(), source) / 2)
          news.push(reportedCommand(alert, "firing", now));
        break;
      case "missing":
        if (missingSince === null) marks.push({ source, fingerprint, since: now });
        break;
      case "ended":
        news.push(reportedCommand(alert, "resolved", now));
        break;
      case "unknown":
    }
  }
  await markMissing(engine.connection.db, marks);
  await Promise.all(news.map((each) => submit(each)));
}

/** The prefix of the keys of everything reconciled for a source. */
function keyOf(source: string): string {
  return `reconcile:${source}:`;
}

/** The source's answer about one alert, as a delivery. */
function reportedCommand(alert: Alert, status: "firing" | "resolved", now: Instant): CommandSubmission {
  const { labels, annotations, fingerprint, source, generatorUrl, startsAt } = alert;
  const raw = JSON.stringify({
    receiver: "reconciler",
    groupKey: alert.groupKeys[0] ?? "",
    status,
    alerts: [
      {
        status,
        labels,
        annotations,
        fingerprint,
        generatorURL: generatorUrl,
        startsAt: formatIso(startsAt),
        endsAt: status === "firing" ? "0001-01-01T00:00:00Z" : formatIso(now),
      },
    ],
  });
  return createSubmission({
    key: `${keyOf(source)}${fingerprint}:${status}:${alert.seq}`,
    urgency: priorityRank(alert.priority),
    actor: { kind: "source", id: source, name: "Alertmanager, when asked" },
    at: now,
    body: { type: "alerts.deliver", source, raw },
  });
}
