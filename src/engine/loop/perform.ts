import { claimEffects, finishEffects, nextEffectDueIn, type ClaimedEffect, type FinishedEffect } from "#db/effects.ts";
import { insertCommands } from "#db/commands.ts";
import { errorReason, isFaultOfWork } from "#db/errors.ts";
import { incidentsByNumber, type StoredIncident } from "#db/incidents.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import { createSubmission, type CommandSubmission } from "#domain/commands/submission.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { incidentId, type Lane } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import type { RequestAttempt } from "#ports/chat.ts";
import type { Engine } from "#engine/base/engine.ts";
import { createBatcher } from "#engine/base/batcher.ts";
import { maskStoredText, maskSubmission } from "#engine/base/masked-submission.ts";
import { performerOf } from "./effect-performers.ts";
import { retryOrFail } from "./retry.ts";

/** A claim that is not finished by then counts as abandoned. Longer than any port may take. */
const LEASE_MS = MINUTE_MS;

/**
 * Performs everything due in a lane, the most urgent first, up to `width` at a time: a slow call occupies one place,
 * the others go on. What came of each is stored together with the command it leads to.
 */
export function createEffectWorker(engine: Engine, lane: Lane, width: number): () => Promise<void> {
  const { db } = engine.connection;
  const lease = engine.leaseMs ?? LEASE_MS;
  const finish = createBatcher<Outcome>(
    async (outcomes) => {
      await db.transaction(async (tx) => {
        await finishEffects(
          tx,
          outcomes.map(({ finished }) => finished),
        );
        const policy = engine.policy();
        const commands = outcomes.flatMap(({ commands }) => commands.map((each) => maskSubmission(policy, each)));
        if (commands.length > 0) await insertCommands(tx, commands, engine.clock());
      });
      const urgency = Math.min(...outcomes.flatMap(({ commands }) => commands.map((each) => each.urgency)));
      if (urgency !== Infinity) engine.wakeLane("apply", { urgency, delayMs: 0 });
    },
    { items: 200, size: 200, sizeOf: () => 1, isFaultOfItems: isFaultOfWork },
  );

  return async () => {
    const running = new Set<Promise<void>>();
    for (;;) {
      const claimed =
        running.size < width && engine.taking()
          ? await claimEffects(db, lane, width - running.size, engine.databaseClock.now(), lease)
          : [];
      if (claimed.length === 0 && running.size === 0) break;
      const numbers = [...new Set(claimed.map(({ incident }) => incident).filter((number) => number !== null))];
      const incidents = new Map((await incidentsByNumber(db, numbers)).map((stored) => [stored.state.number, stored]));
      for (const effect of claimed) {
        const stored = effect.incident === null ? null : (incidents.get(effect.incident) ?? null);
        const task: Promise<void> = performOne(engine, effect, stored)
          .then((outcome) =>
            finish(outcome).catch((error: unknown) => finishWithoutReports(engine, effect, error, finish)),
          )
          // The claim runs out and the effect is taken again; nothing else is lost.
          .catch((error: unknown) =>
            engine.log.error({ effect: effect.key, err: error }, "could not store the outcome of an effect"),
          )
          .finally(() => running.delete(task));
        running.add(task);
      }
      if (running.size > 0) await Promise.race(running);
    }
    const next = engine.taking() ? await nextEffectDueIn(db, lane, engine.databaseClock.now()) : null;
    if (next !== null) engine.wakeLane(lane, { urgency: 4, delayMs: next });
  };
}

type Outcome = { readonly finished: FinishedEffect; readonly commands: readonly CommandSubmission[] };

async function performOne(engine: Engine, claimed: ClaimedEffect, stored: StoredIncident | null): Promise<Outcome> {
  const { lane, effect, key, unsure } = claimed;
  const began = engine.clock();
  const attempt: RequestAttempt = {
    key,
    urgency: claimed.urgency,
    unsure,
    since: (claimed.finishedAt ?? claimed.createdAt).getTime(),
    until: claimed.dueAt.getTime(),
  };
  engine.observe({
    step: "perform.claimed",
    type: effect.type,
    lane,
    waitedMs: Math.max(0, began - claimed.createdAt.getTime()),
  });
  try {
    const performed = await performerOf(effect).perform({ engine, stored, attempt, state: claimed.memo });
    engine.observe({ step: "perform.called", type: effect.type, lane });
    engine.observe({
      step: "perform.finished",
      type: effect.type,
      lane,
      outcome: performed.reschedule ? "waiting" : "done",
      ms: engine.clock() - began,
    });
    return outcomeOf(engine, claimed, {
      status: performed.reschedule ? "pending" : "done",
      // An effect that waits has not looked yet for what an earlier attempt left.
      ...(typeof performed.reschedule === "object"
        ? { dueAt: engine.clock() + performed.reschedule.inMs, unsure }
        : {}),
      memo: performed.state === undefined ? claimed.memo : performed.state,
      commands: performed.commands ?? [],
      submissions: performed.submissions ?? [],
    });
  } catch (error) {
    return outcomeOf(engine, claimed, retryOrFail(engine, claimed, stored, error, began));
  }
}

/**
 * What came of an effect cannot be stored because of what it holds: then the effect is put aside with that as its reason,
 * or it would be performed again each minute for ever.
 */
function finishWithoutReports(
  engine: Engine,
  claimed: ClaimedEffect,
  error: unknown,
  finish: (outcome: Outcome) => Promise<void>,
): Promise<void> {
  if (!isFaultOfWork(error)) throw error;
  const why = maskStoredText(engine.policy(), oneLine(errorReason(error), 250));
  const reason = `it was performed, and what came of it cannot be stored: ${why}`;
  engine.log.error({ effect: claimed.key, err: error }, "an effect is put aside: its outcome cannot be stored");
  return finish(outcomeOf(engine, claimed, { status: "failed", memo: claimed.memo, commands: [], error: reason }));
}

/** The part of the key of what an effect reports that will be tried again. */
function delayedReport({ attempts }: ClaimedEffect): string {
  return attempts > 1 ? `delayed-${attempts}` : "delayed";
}

function outcomeOf(
  engine: Engine,
  claimed: ClaimedEffect,
  what: {
    readonly status: FinishedEffect["status"];
    readonly memo: unknown;
    readonly commands: readonly IncidentCommand[];
    readonly submissions?: readonly CommandSubmission[];
    readonly dueAt?: number;
    readonly error?: string;
    readonly unsure?: boolean;
    readonly counted?: boolean;
  },
): Outcome {
  const now = engine.clock();
  const { id, epoch, wanted, incident, key } = claimed;
  const finished: FinishedEffect = {
    id,
    epoch,
    wanted,
    status: what.status,
    dueAt: what.dueAt ?? now,
    unsure: what.unsure ?? false,
    counted: what.counted ?? true,
    error: what.error ?? null,
    memo: what.memo ?? null,
    finishedAt: now,
  };
  const commands =
    incident === null
      ? []
      : what.commands.map((command, i) =>
          createSubmission({
            // A failure of the report must not hide the success.
            key: `${key}@${wanted}/${what.error !== undefined && what.status === "pending" ? delayedReport(claimed) : i}`,
            urgency: 0,
            at: now,
            evidence: `effect ${key} for ${incidentId(incident)}`,
            body: { type: "incident", incident, command },
          }),
        );
  return { finished, commands: [...commands, ...(what.submissions ?? [])] };
}
