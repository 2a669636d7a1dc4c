import { storeCommands } from "#db/commands.ts";
import { classifyFault, isFaultOfWork } from "#db/errors.ts";
import type { CommandSubmission } from "#domain/commands/submission.ts";
import type { Engine } from "./engine.ts";
import { createBatcher } from "./batcher.ts";

export type { CommandSubmission };

/**
 * Stores a command durably, then nudges the loop. Resolves only after the commit: whoever waits for it may tell the
 * outside world "got it". Rejects when it could not be stored; then nothing was.
 */
export type SubmitCommand = (submission: CommandSubmission) => Promise<void>;

/** Raised instead of queueing without bounds in memory while the database is slow: the sender gets a 503. */
export class OverloadedError extends Error {}

/** Raised when the database cannot store anything now; its message names the outage. The sender gets a 503. */
export class StorageOutageError extends Error {}

const MiB = 1024 * 1024;

/** The one way in. Submissions that arrive while a commit is in flight share the next one. */
export function createSubmit(engine: Engine): SubmitCommand {
  let waitingBytes = 0;
  const store = createBatcher<CommandSubmission>(
    async (batch) => {
      engine.observe({ step: "submit.storing", count: batch.length });
      await storeCommands(engine.connection, batch, engine.clock());
      engine.observe({ step: "submit.stored", count: batch.length });
      engine.wakeLane("apply", { urgency: Math.min(...batch.map(({ urgency }) => urgency)), delayMs: 0 });
    },
    { items: 500, size: 4 * MiB, inFlight: engine.connection.embedded ? 1 : 2, sizeOf, isFaultOfItems: isFaultOfWork },
  );
  return async (submission) => {
    const size = sizeOf(submission);
    if (waitingBytes > 0 && waitingBytes + size > 64 * MiB)
      throw new OverloadedError("64 MiB of accepted requests wait for the database");
    waitingBytes += size;
    try {
      await store(submission);
    } catch (cause) {
      const { kind, says } = classifyFault(cause);
      throw kind === "outage" ? new StorageOutageError(says, { cause }) : cause;
    } finally {
      waitingBytes -= size;
    }
  };
}

function sizeOf({ body }: CommandSubmission): number {
  return body.type === "alerts.deliver" ? body.raw.length : 1_000;
}
