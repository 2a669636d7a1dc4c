import { refusedSenders } from "#db/intake/alert-senders.ts";
import { countUnsettledAlerts, settleRefusedAlerts, unsettledAlerts } from "#db/intake/refused-alerts.ts";
import { describeSender } from "#domain/alerting/intake/alert-sender.ts";
import type { RefusalReport } from "#domain/alerting/intake/refused-alert.ts";
import { countedNoun } from "#domain/events/wording.ts";
import { HOUR_MS } from "#domain/values/duration.ts";
import { NamedProblem } from "#domain/values/named-problem.ts";
import type { Engine } from "#engine/base/engine.ts";

type RefusalReads = Pick<Engine, "connection" | "clock" | "webhookSources">;

/** How long a refused sender is shown that is not reported by an alert, in ms. */
const SHOWN_MS = 4 * HOUR_MS;

/** The refused senders and alerts, `limit` of them. */
export async function readRefusals(
  { connection: { db }, clock, webhookSources }: RefusalReads,
  limit: number,
): Promise<RefusalReport> {
  const [senders, alerts, total] = await Promise.all([
    refusedSenders(db, clock() - SHOWN_MS),
    unsettledAlerts(db, limit),
    countUnsettledAlerts(db),
  ]);
  const titleOf = (source: string): string => webhookSources.find(({ name }) => name === source)?.title ?? source;
  return { senders: senders.map((each) => ({ ...each, title: titleOf(each.source) })), alerts, total };
}

/** Someone has dealt with refused alerts. Answers how many were still open. */
export function settleRefusals(
  { connection, clock }: RefusalReads,
  ids: readonly number[],
  by: string,
): Promise<number> {
  return settleRefusedAlerts(connection.db, ids, by, clock());
}

/** For health: resolves when nothing is refused. @throws Error that lists what is */
export async function ensureNothingRefused(engine: RefusalReads): Promise<void> {
  const { senders, total } = await readRefusals(engine, 0);
  const problems = [
    ...senders.map((each) => `${describeSender(each, each.title)}: ${each.status ?? ""} ${each.reason}`),
    ...(total === 0 ? [] : [`${countedNoun(total, "refused alert")} to deal with`]),
  ];
  if (problems.length > 0) throw new NamedProblem(problems.join("; "));
}
