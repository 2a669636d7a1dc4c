import { openIncidentNumbers } from "#db/incidents.ts";
import { recordHeartbeat } from "#db/watch/heartbeats.ts";
import { PAUSE_MS } from "#domain/alerting/heartbeat.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import { formatIso } from "#domain/values/instant.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { describeInterruption, type WatchInterruption } from "#domain/values/interruption.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";

/** Processes that see the same step see it within so many ms of each other. */
const SAME_STEP_MS = 5 * MINUTE_MS;

/**
 * Records that a worker runs; to be called several times in PAUSE_MS by every worker. A longer time without any is
 * reported once: in the log, where incidents are announced, and in the timeline of each open incident. `pace`: how many
 * ms of our clock pass in a real one; a process pauses in real time.
 */
export async function recordWork(engine: Engine, submit: SubmitCommand, pace = 1): Promise<void> {
  const now = engine.clock();
  const from = await recordHeartbeat(engine.connection.db, "workers", now, null, PAUSE_MS * pace);
  if (from !== null) await reportInterruption(engine, submit, { kind: "pause", from, until: now });
}

/** Reports an interruption once, however many processes notice it. */
export async function reportInterruption(
  engine: Engine,
  submit: SubmitCommand,
  what: WatchInterruption,
): Promise<void> {
  const { kind, from, until } = what;
  engine.log.warn({ kind, from: formatIso(from), until: formatIso(until) }, describeInterruption(what));
  const key = `${kind}:${kind === "pause" ? from : Math.round(until / SAME_STEP_MS)}`;
  const shared = { urgency: 2, at: until };
  await submit(
    createSubmission({ ...shared, key: `interrupted:${key}`, body: { type: "interruption.announced", ...what } }),
  );
  for (const incident of await openIncidentNumbers(engine.connection.db))
    await submit(
      createSubmission({
        ...shared,
        key: `interrupted:${key}:INC-${incident}`,
        body: { type: "incident", incident, command: { type: "watch.interrupted", ...what } },
      }),
    );
}
