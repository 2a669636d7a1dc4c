import {
  endRefusals,
  knownSenders,
  markRaised,
  recordAcceptance,
  recordRefusal,
  reportedSenders,
  type SenderKey,
} from "#db/intake/alert-senders.ts";
import { saveRefusedAlerts } from "#db/intake/refused-alerts.ts";
import { hasRefusalEnded, mustRaiseRefusal, UNKNOWN_SENDERS } from "#domain/alerting/intake/alert-sender.ts";
import { describeRefusedPart } from "#domain/alerting/intake/refused-alert.ts";
import type { RefusedPart } from "#domain/deliveries/delivery.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import { maskSecrets } from "#domain/values/redaction.ts";
import { oneLine } from "#domain/values/text.ts";
import type { Engine } from "#engine/base/engine.ts";
import { maskStoredText } from "#engine/base/masked-submission.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";
import { senderRefusalAlert } from "./self-alerts.ts";

/** A delivery of which nothing or not everything was accepted. */
export type RefusedDelivery = SenderKey & {
  /** What the sender was answered; 202: a part of it was accepted. */
  readonly status: number;
  readonly reason: string;
  readonly parts: readonly RefusedPart[];
};

/** What the doors report about their senders. */
export type RefusalLedger = {
  /** A delivery was accepted. Costs next to nothing: it is written down once in some minutes. */
  accepted(sender: SenderKey): void;
  /**
   * A delivery was refused. Resolves when its refused parts are stored, and rejects when they cannot be. That the sender
   * is refused is reported by an alert of Muster itself, one for each sender however often it is refused.
   */
  refused(delivery: RefusedDelivery): Promise<void>;
};

/** How often the acceptance of a sender is written down, in ms. */
const ACCEPTED_EVERY_MS = 5 * MINUTE_MS;
/** How often the refusal of a sender is written down, in ms. */
const REFUSED_EVERY_MS = 10_000;
/** How long a process trusts its list of the senders that were ever accepted, in ms. */
const KNOWN_FOR_MS = MINUTE_MS;
/** Senders of which a process remembers something. */
const REMEMBERED = 1_000;

/** What a process remembers of a sender: when it last wrote something down, and how many refusals it has not. */
type SenderMemory = { acceptedAt: Instant | null; refusedAt: Instant | null; unwritten: number };

/** The ledger of a process. Processes share its content through the database. */
export function createRefusalLedger(engine: Engine, submit: SubmitCommand): RefusalLedger {
  const { clock, log } = engine;
  const { db } = engine.connection;
  const memories = new Map<string, SenderMemory>();
  const isKnown = createKnownSenders(engine);
  let warnedAt: Instant | null = null;
  const memoryOf = ({ source, sender }: SenderKey): SenderMemory => {
    const key = `${source} ${sender}`;
    let memory = memories.get(key);
    if (memory === undefined) {
      if (memories.size >= REMEMBERED) memories.delete(memories.keys().next().value!);
      memories.set(key, (memory = { acceptedAt: null, refusedAt: null, unwritten: 0 }));
    }
    return memory;
  };
  return {
    accepted(sender) {
      const memory = memoryOf(sender);
      const now = clock();
      if (isRecent(memory.acceptedAt, now, ACCEPTED_EVERY_MS)) return;
      memory.acceptedAt = now;
      // When it cannot be written, the next delivery tries again.
      recordAcceptance(db, sender, now).catch(() => (memory.acceptedAt = null));
    },
    async refused({ source, sender, status, reason: answered, parts }) {
      const now = clock();
      // It may quote the body that could not be read.
      const reason = maskStoredText(engine.policy(), answered);
      await saveRefusedAlerts(
        db,
        parts.map((part) =>
          describeRefusedPart(source, sender, engine.policy().maskSecrets ? maskSecrets(part) : part),
        ),
        now,
      );
      let memory: SenderMemory | null = null;
      try {
        const isStranger = status === 401 && !(await isKnown({ source, sender }, now));
        const who: SenderKey = { source, sender: isStranger ? UNKNOWN_SENDERS : sender };
        memory = memoryOf(who);
        memory.acceptedAt = null;
        memory.unwritten++;
        if (isRecent(memory.refusedAt, now, REFUSED_EVERY_MS)) return;
        memory.refusedAt = now;
        const times = memory.unwritten;
        memory.unwritten = 0;
        const detail = oneLine(isStranger ? `${reason} (last from ${sender})` : reason, 300);
        const known = await recordRefusal(db, who, { status, reason: detail, times }, now);
        if (!mustRaiseRefusal(known, now)) return;
        await submit(senderRefusalAlert(known, titleOf(engine, source), "firing", now));
        await markRaised(db, who, now);
      } catch (err) {
        // A stranger may cause this at will, so the log repeats it rarely.
        if (!isRecent(warnedAt, now, REFUSED_EVERY_MS))
          log.warn({ err, source, status }, "could not report a refused sender; its next refused delivery tries again");
        warnedAt = now;
        if (memory !== null) memory.refusedAt = null;
      }
    },
  };
}

/** Ends the alerts about senders that are accepted again, or no longer send. To be called every minute, by any number of processes. */
export async function endRecoveredRefusals(engine: Engine, submit: SubmitCommand): Promise<void> {
  const { db } = engine.connection;
  const now = engine.clock();
  for (const sender of await reportedSenders(db)) {
    if (!hasRefusalEnded(sender, now)) continue;
    const alert = (status: "firing" | "resolved") =>
      senderRefusalAlert(sender, titleOf(engine, sender.source), status, now);
    // Submitted before it is written down: submitting it twice is submitting it once. A refusal in between: it has not ended after all.
    await submit(alert("resolved"));
    if (!(await endRefusals(db, sender))) await submit(alert("firing"));
  }
}

/** Whether a sender was ever accepted, by any process: asked of the database once a minute at most, however many ask. */
function createKnownSenders({ connection }: Engine): (sender: SenderKey, now: Instant) => Promise<boolean> {
  let readAt: Instant | null = null;
  let known: Promise<ReadonlySet<string>> = Promise.resolve(new Set());
  return async ({ source, sender }, now) => {
    if (!isRecent(readAt, now, KNOWN_FOR_MS)) {
      readAt = now;
      known = knownSenders(connection.db).then((all) => new Set(all.map((each) => `${each.source} ${each.sender}`)));
      // A failure counts as long as an answer: strangers must not make a process ask at will.
      known.catch(() => {});
    }
    return (await known).has(`${source} ${sender}`);
  };
}

function isRecent(at: Instant | null, now: Instant, ms: number): boolean {
  // A clock that was set back must not make anything recent for hours.
  return at !== null && Math.abs(now - at) < ms;
}

function titleOf({ webhookSources }: Engine, source: string): string {
  return webhookSources.find(({ name }) => name === source)?.title ?? source;
}
