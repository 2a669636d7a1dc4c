import { alertsEndedByReconciliation, markMissing, staleAlerts } from "#db/watch/stale-alerts.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import type { Alert } from "#domain/incident/alert.ts";
import type { AnswerLookup } from "#domain/alerting/alert-attribution.ts";
import { firingAgainSince, judgeAnswer, type PolledAlert } from "#domain/alerting/source-answer.ts";
import { DAY_MS, MINUTE_MS } from "#domain/values/duration.ts";
import { formatIso } from "#domain/values/instant.ts";
import { priorityRank, type Instant } from "#domain/values/language.ts";
import { staleAfter } from "#domain/alerting/watchdog.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { CommandSubmission, SubmitCommand } from "#engine/base/submit.ts";
import { createSourcePoll, unknownExternalUrls, type SourcePoll } from "./source-polling.ts";

/** An alert that was received so recently needs no asking, in ms: longer than Alertmanager's default group_interval. */
export const FRESH_MS = 10 * MINUTE_MS;

/** How long it is asked whether it was wrong to end an alert, in ms from the first answer without it: an outage of Prometheus, and a night. */
const DOUBT_MS = DAY_MS;

/** A watchdog, and how long it may be silent, in ms. */
export type WatchedAlert = { readonly alert: Alert; readonly within: number };

/**
 * Asks the sources themselves about alerts they have not spoken of recently, and takes what they answer as a delivery:
 * what those that delivered it have not known for a while has ended, and what was ended so and is listed after all fires.
 * Quiet watchdogs that are listed count as seen, and are returned as `listed`. To be called every minute, by any number of
 * processes. `failure`: why a source could not be asked, else null; what needs its answer is as it was.
 */
export async function reconcileAlerts(
  engine: Engine,
  submit: SubmitCommand,
  watchdogs: readonly WatchedAlert[],
): Promise<{ readonly listed: ReadonlySet<Alert>; readonly failure: unknown }> {
  const listed = new Set<Alert>();
  let failure: unknown = null;
  // Before the sources are asked: what starts while they answer is newer than their answers.
  const now = engine.clock();
  for (const [name, sources] of Map.groupBy(engine.alertSources, (source) => source.name)) {
    const poll = createSourcePoll(engine, sources);
    if ((await unknownExternalUrls(engine, sources)).length > 0) await poll.ask();
    const { title } = sources[0]!;
    await reconcileSource(engine, submit, { name, title, poll, now });
    for (const { alert, within } of watchdogs) {
      // At half its time: one answer that fails is not yet an alarm.
      if (alert.source !== name || alert.status === "resolved" || now - alert.lastSeenAt < within / 2) continue;
      const about = await poll.ask();
      if (about(alert)?.firing.has(alert.fingerprint) !== true) continue;
      listed.add(alert);
      await submit(reportedCommand(title, alert, "firing", now));
    }
    failure ??= poll.failure();
  }
  return { listed, failure };
}

async function reconcileSource(
  engine: Engine,
  submit: SubmitCommand,
  {
    name,
    title,
    poll,
    now,
  }: { readonly name: string; readonly title: string; readonly poll: SourcePoll; readonly now: Instant },
): Promise<void> {
  const { db } = engine.connection;
  for await (const alerts of staleAlerts(db, name, now - FRESH_MS))
    await compare({ engine, submit, title }, alerts, await poll.ask(), now);
  for await (const alerts of alertsEndedByReconciliation(db, name, keyOf(name), now - DOUBT_MS)) {
    const about = await poll.ask();
    await Promise.all(
      alerts.flatMap((alert) => {
        const answer = about(alert);
        const startsAt = answer === null ? null : firingAgainSince(alert, answer);
        return startsAt === null ? [] : [submit(reportedCommand(title, { ...alert, startsAt }, "firing", now))];
      }),
    );
  }
}

async function compare(
  { engine, submit, title }: { readonly engine: Engine; readonly submit: SubmitCommand; readonly title: string },
  alerts: readonly PolledAlert[],
  about: AnswerLookup,
  now: Instant,
): Promise<void> {
  const marks: { readonly source: string; readonly fingerprint: string; readonly since: Instant | null }[] = [];
  const news: CommandSubmission[] = [];
  for (const alert of alerts) {
    const { fingerprint, missingSince, lastSeenAt, source } = alert;
    const answer = about(alert);
    switch (answer === null ? "unknown" : judgeAnswer(alert, answer, now)) {
      case "listed":
        if (missingSince !== null) marks.push({ source, fingerprint, since: null });
        // Polled rarely: enough to keep it from counting as stale.
        if (now - lastSeenAt >= staleAfter(engine.policy(), source) / 2)
          news.push(reportedCommand(title, alert, "firing", now));
        break;
      case "missing":
        if (missingSince === null) marks.push({ source, fingerprint, since: now });
        break;
      case "ended":
        news.push(reportedCommand(title, alert, "resolved", now));
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

/** The source's answer about one alert, as a delivery. `title`: what people call the source. */
function reportedCommand(title: string, alert: Alert, status: "firing" | "resolved", now: Instant): CommandSubmission {
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
    actor: { kind: "source", id: source, name: `${title}, when asked` },
    at: now,
    body: { type: "alerts.deliver", source, raw },
  });
}
