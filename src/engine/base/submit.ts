import { storeCommands } from "#db/commands.ts";
import { classifyFault, isFaultOfWork } from "#db/errors.ts";
import type { CommandSubmission } from "#domain/commands/submission.ts";
import { NamedProblem } from "#domain/values/named-problem.ts";
import type { Engine } from "./engine.ts";
import { createBatcher } from "./batcher.ts";
import { maskSubmission } from "./masked-submission.ts";

export type { CommandSubmission };

/**
 * Stores a command durably, then nudges the loop. Resolves only after the commit: a caller that awaits it may answer
 * the outside world "got it". Rejects when it could not be stored; then nothing was.
 */
export type SubmitCommand = (submission: CommandSubmission) => Promise<void>;

/** Raised instead of queueing without bounds in memory while the database is slow: the sender gets a 503. */
export class OverloadedError extends NamedProblem {}

/** Raised when the database cannot store anything now; its message names the outage. The sender gets a 503. */
export class StorageOutageError extends NamedProblem {}

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
  return async (asked) => {
    // Deliveries of alerts are no entries of the audit log.
    const submission = maskSubmission(
      engine.policy(),
      asked.key === null ? asked : { client: engine.client?.() ?? null, ...asked },
    );
    const size = sizeOf(submission);
    if (waitingBytes > 0 && waitingBytes + size > 64 * MiB)
      throw new OverloadedError("64 MiB of accepted requests wait for the database");
    waitingBytes += size;
    try {
      await store(submission);
    } catch (cause) {
      const { kind, reason } = classifyFault(cause);
      throw kind === "outage" ? new StorageOutageError(reason, { cause }) : cause;
    } finally {
      waitingBytes -= size;
    }
  };
}

function sizeOf({ body }: CommandSubmission): number {
  return body.type === "alerts.deliver" ? body.raw.length : 1_000;
}
