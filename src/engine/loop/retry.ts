import type { ClaimedEffect } from "#db/effects.ts";
import { classifyFault, errorReason } from "#db/errors.ts";
import type { StoredIncident } from "#db/incidents.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import { DAY_MS, MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import type { Engine } from "#engine/base/engine.ts";
import { maskStoredText } from "#engine/base/masked-submission.ts";
import { PortError } from "#ports/port-error.ts";
import { performerOf } from "./effect-performers.ts";

/** A fault of ours is tried again so many times; the world's faults are tried until they pass. */
const ATTEMPTS_AT_A_BUG = 8;
/** How long a refused effect waits for its place to be mended, and how often it is tried meanwhile, in ms. */
const MENDED_WITHIN_MS = 7 * DAY_MS;
const REFUSED_RETRY_MS = 10 * MINUTE_MS;
/** How long an effect waits at most before it is tried again after an outage of our own database, in ms. */
const OUTAGE_RETRY_MS = 5_000;
/** Longest wait before the next try, in ms, by lane. */
const BACKOFF = { page: 20_000, other: MINUTE_MS };

/** How long an effect waits at most, whatever a service asks for, in ms: what is due later was set by another clock. */
export const LONGEST_RETRY_MS = 15 * MINUTE_MS;

type FailedAttempt = {
  readonly memo: unknown;
  readonly error: string;
  readonly commands: readonly IncidentCommand[];
  readonly unsure: boolean;
} & (
  | { readonly status: "failed" }
  | { readonly status: "pending"; readonly dueAt: Instant; readonly counted: boolean }
);

/** Whether and when a failed effect is retried, and which commands report it to the incident. */
export function retryOrFail(
  engine: Engine,
  claimed: ClaimedEffect,
  stored: StoredIncident | null,
  error: unknown,
  began: Instant,
): FailedAttempt {
  const { lane, effect, memo } = claimed;
  const port = error instanceof PortError ? error : null;
  const fault = port === null ? classifyFault(error) : null;
  if (fault?.kind === "outage") return retryAfterOutage(engine, claimed, fault.reason, began);
  // What a service answers may quote what it was sent, or an address with its password.
  const reason = maskStoredText(engine.policy(), oneLine(errorReason(error), 300));
  const giveUp = port === null ? claimed.attempts >= ATTEMPTS_AT_A_BUG : !port.retryable;
  engine.observe({
    step: "perform.finished",
    type: effect.type,
    lane,
    outcome: giveUp ? "failed" : "retry",
    ms: engine.clock() - began,
  });
  engine.log[giveUp ? "error" : "warn"](
    { effect: claimed.key, attempt: claimed.attempts, reason, ...(port === null ? { err: error } : {}) },
    giveUp ? "an effect failed for good" : "an effect failed and will be tried again",
  );
  // A coalescing effect is tried again with every change; that it still fails for the same reason is no news.
  const known = claimed.error === reason && (port !== null || claimed.attempts > ATTEMPTS_AT_A_BUG);
  // Giving up does not end the doubt: the next request for it looks for it first.
  const unsure = claimed.unsure || port === null || port.mayHaveHappened;
  const news = stored === null || known ? [] : performerOf(effect).failed(reason);
  if (giveUp) {
    const failure = { memo, unsure, error: reason, commands: news };
    const dueAt = engine.clock() + REFUSED_RETRY_MS * (1 + engine.random() / 5);
    return port !== null && isPatient(engine, claimed)
      ? { ...failure, status: "pending", dueAt, counted: true }
      : { ...failure, status: "failed" };
  }
  // The service's own time to come back takes precedence over the backoff.
  const wait = Math.min(
    LONGEST_RETRY_MS,
    port?.retryAfterMs == null ? backoff(claimed, engine.random()) : port.retryAfterMs * (1 + engine.random() / 5),
  );
  return {
    status: "pending",
    dueAt: engine.clock() + wait,
    memo,
    error: reason,
    unsure,
    counted: true,
    commands: stored === null || claimed.attempts > 1 ? [] : performerOf(effect).delayed(reason),
  };
}

/** Whether a refused effect waits until its place is mended. */
function isPatient(engine: Engine, { effect, createdAt }: ClaimedEffect): boolean {
  return performerOf(effect).outlastsRefusals === true && engine.clock() - createdAt.getTime() < MENDED_WITHIN_MS;
}

/**
 * Our own database was in the way, and not the effect: it is tried until the place works again, and the incident
 * records nothing.
 */
function retryAfterOutage(engine: Engine, claimed: ClaimedEffect, fault: string, began: Instant): FailedAttempt {
  const { lane, effect, memo, key } = claimed;
  const reason = oneLine(fault, 300);
  engine.observe({
    step: "perform.finished",
    type: effect.type,
    lane,
    outcome: "retry",
    ms: engine.clock() - began,
  });
  engine.log.warn({ effect: key, reason }, "an effect waits for the database");
  return {
    status: "pending",
    dueAt: engine.clock() + OUTAGE_RETRY_MS * (0.5 + engine.random() / 2),
    memo,
    error: reason,
    // It may have been performed before the database failed.
    unsure: true,
    counted: false,
    commands: [],
  };
}

/** Doubling from half a second, with jitter so that a thousand effects do not come back in the same moment. */
function backoff({ lane, attempts }: ClaimedEffect, random: number): number {
  const most = lane === "page" ? BACKOFF.page : BACKOFF.other;
  return Math.min(most, 500 * 2 ** Math.min(attempts - 1, 10)) * (0.5 + random / 2);
}
