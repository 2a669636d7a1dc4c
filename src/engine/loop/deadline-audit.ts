import { EFFECT_LANES } from "#domain/effects/effect-definition.ts";
import { rearmDistantEffects } from "#db/effects.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { longestRunWaits } from "#domain/automation/run-waits.ts";
import { advanceRun, advanceTimers, distantRuns, distantTimers } from "#db/due-work.ts";
import { restampFutureSightings, restampFutureSteps } from "#db/watch/future-steps.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import { distantTimerWait } from "#domain/commands/timer-waits.ts";
import type { Instant, Timer } from "#domain/values/language.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";
import type { Engine } from "#engine/base/engine.ts";
import { LONGEST_RETRY_MS } from "./retry.ts";

/** Longest claim of an effect in ms, with a minute for a clock that is a little behind. */
const LONGEST_LEASE_MS = 2 * MINUTE_MS;

/** A timer this much further ahead than its plan asks for was set by a clock that has been set back, in ms. */
const TOLERANCE_MS = MINUTE_MS;

/** The timers whose longest wait a plan sets. */
const WAITING_TIMERS: readonly Timer[] = ["quiet", "recheck", "update", "command", "ticket", "archive"];

/** Timers with a due time that the incident shows to people: these are decided again. The others are only rows. */
const SHOWN_TIMERS: ReadonlySet<Timer> = new Set<Timer>(["quiet", "recheck"]);

/**
 * Finds what is due further ahead than anything makes it, because the clock was set back since: an effect is due now, a timer
 * after the wait of its plan. To be called every minute, by any number of processes. Escalations: `auditEscalations`;
 * re-checks that were lost: `auditRechecks`.
 */
export async function auditDeadlines(engine: Engine, submit: SubmitCommand): Promise<void> {
  await rearmEffects(engine);
  await rearmTimers(engine, submit);
  await rearmRuns(engine);
  await restampAlerts(engine);
}

/** Silence counts from when an alert was received last. */
async function restampAlerts({ connection, databaseClock, log }: Engine): Promise<void> {
  const count = await restampFutureSightings(connection.db, databaseClock.now(), TOLERANCE_MS);
  if (count > 0)
    log.warn({ count }, "alerts were received ahead of now: the clock was set back; they count as received now");
}

/** A worker's hold of a run is counted again from now, everything else of it is looked at now, or after its plan's wait. */
async function rearmRuns(engine: Engine): Promise<void> {
  const { connection, databaseClock, log } = engine;
  // First: what waits for a step's own time reads when the step was begun.
  let count = await restampFutureSteps(connection.db, databaseClock.now(), TOLERANCE_MS);
  for await (const page of distantRuns(connection.db, databaseClock.now(), TOLERANCE_MS))
    for (const { run, escalateMs, nextMs } of page) {
      const waits = longestRunWaits(run, engine.leaseMs ?? LONGEST_LEASE_MS);
      const late = (ms: number | null, wait: number | null): boolean =>
        ms !== null && wait !== null && ms > wait + TOLERANCE_MS;
      const isHeld = run.leaseUntil !== null;
      const escalate = late(escalateMs, waits.escalate) ? waits.escalate : null;
      const next = late(nextMs, isHeld ? waits.lease : waits.next) ? (isHeld ? waits.lease : 0) : null;
      if (escalate === null && next === null) continue;
      count += 1;
      await advanceRun(connection.db, databaseClock.now(), run.number, { escalate, next });
    }
  if (count === 0) return;
  log.warn({ count }, "runs waited for longer than their plans ask for; set again");
  engine.wakeLane("run", { urgency: 2, delayMs: 0 });
}

async function rearmTimers(engine: Engine, submit: SubmitCommand): Promise<void> {
  const { connection, databaseClock, clock, policy, log } = engine;
  let count = 0;
  for await (const page of distantTimers(connection.db, databaseClock.now(), WAITING_TIMERS, TOLERANCE_MS)) {
    const numbers = [...new Set(page.map(({ incident }) => incident))];
    const states = new Map((await incidentsByNumber(connection.db, numbers)).map(({ state }) => [state.number, state]));
    const distant = page.flatMap((each) => {
      const state = states.get(each.incident);
      const waitMs = state === undefined ? null : distantTimerWait(each.timer, each.aheadMs, state, policy());
      return waitMs === null ? [] : [{ ...each, waitMs }];
    });
    count += distant.length;
    const shown = distant.filter(({ timer }) => SHOWN_TIMERS.has(timer));
    for (const { incident } of shown) await submitAudit(submit, incident, clock());
    const others = distant.filter(({ timer }) => !SHOWN_TIMERS.has(timer));
    await advanceTimers(connection.db, databaseClock.now(), others);
  }
  if (count > 0)
    log.warn(
      { count },
      "timers were due further ahead than their plans ask for, after the clock was set back or a plan was shortened; set again",
    );
}

/** Asks an incident to set again what it waits for by itself. */
function submitAudit(submit: SubmitCommand, incident: number, now: Instant): Promise<unknown> {
  return submit(
    createSubmission({
      key: `recheck:INC-${incident}:${Math.floor(now / MINUTE_MS)}`,
      urgency: 1,
      at: now,
      body: { type: "incident", incident, command: { type: "recheck.audit" } },
    }),
  );
}

async function rearmEffects(engine: Engine): Promise<void> {
  const { connection, databaseClock, log } = engine;
  const count = await rearmDistantEffects(connection.db, databaseClock.now(), {
    lease: Math.max(LONGEST_LEASE_MS, engine.leaseMs ?? 0),
    wait: LONGEST_RETRY_MS + MINUTE_MS,
  });
  if (count === 0) return;
  log.warn({ count }, "effects were due further ahead than they can be: the clock was set back; they are due now");
  for (const lane of EFFECT_LANES) engine.wakeLane(lane, { urgency: 0, delayMs: 0 });
}
