import { countCommandAttempt, finishCommands, insertCommands, takePending, type PendingCommand } from "#db/commands.ts";
import type { QueryExecutor } from "#db/client.ts";
import { classifyFault, errorReason } from "#db/errors.ts";
import { tryDecisionWrites } from "#db/outages/decision-probe.ts";
import { failedOutcome, type CommandOutcome } from "#domain/events/command-outcome.ts";
import { oneLine } from "#domain/values/text.ts";
import { commandFailureAlert } from "#engine/alerting/self-alerts.ts";
import type { Engine } from "#engine/base/engine.ts";
import { maskStoredText } from "#engine/base/masked-submission.ts";

/** How often a command must fail by itself before it is suspected. An outage never counts. */
const ATTEMPTS = 3;
/** So many commands in a row may fail by an outage of a part of the place before it counts as all of it. */
const MAX_IN_A_ROW = 20;

/** Raised when the decision about one command fails: a fault of ours, or something it holds. */
export class CommandFault extends Error {
  constructor(id: number, cause: unknown) {
    super(`command ${id}: ${errorReason(cause)}`, { cause });
  }
}

/** Raised when commands fail and the alert about them fails too: then the place is at fault, and not they. */
class NothingPassesError extends Error {}

type Suspect = { readonly command: PendingCommand; readonly error: unknown };

/**
 * Finds the commands because of which a batch fails. Only a command that fails by itself while others pass is put aside:
 * - What fails by an outage of a part of the place (a permission on one table) waits, and the others go on.
 * - What may be at fault itself is suspected after three attempts, and the alert about it is stored. It is put aside once
 *   another command has changed an incident, which this alert does when the place works.
 * So an error of the place, however it is disguised, costs no command.
 */
export class FailingCommands {
  readonly #engine: Engine;
  readonly #applyOne: (id: number) => Promise<number>;
  readonly #waiting = new Map<number, unknown>();
  readonly #suspects = new Map<number, Suspect>();
  #inARow = 0;

  /** `applyOne`: applies one command in a transaction of its own, and answers how many events it caused. */
  constructor(engine: Engine, applyOne: (id: number) => Promise<number>) {
    this.#engine = engine;
    this.#applyOne = applyOne;
  }

  /** The commands that wait for a part of the place; the others can be applied without them. */
  get waiting(): readonly number[] {
    return [...this.#waiting.keys()];
  }

  /** Reports why commands were left pending. */
  throwWaiting(): void {
    for (const error of this.#waiting.values()) throw error;
  }

  /**
   * After `error` of a batch: applies commands one by one, the most urgent first, until what is at fault is put aside or
   * waits, and another one passes.
   * @throws the outage, when all of the place is at fault
   */
  async isolate(error: unknown): Promise<void> {
    if (!isPartial(error)) throw error;
    const { db } = this.#engine.connection;
    this.#suspects.clear();
    this.#inARow = 0;
    while (this.#engine.taking()) {
      const [next] = await takePending(db, 1, [...this.#waiting.keys(), ...this.#suspects.keys()]);
      if (next === undefined) {
        if (this.#suspects.size > 0) await this.#provePlace();
        return this.#putAside();
      }
      if (await this.#passes(next)) return this.#putAside();
    }
  }

  /** Whether a command changed an incident; one that fails is tried again, suspected, or waits. */
  async #passes(next: PendingCommand): Promise<boolean> {
    try {
      const events = await this.#applyOne(next.id);
      this.#inARow = 0;
      return events > 0;
    } catch (error) {
      if (!isPartial(error)) throw error;
      if (isOutage(error)) {
        this.#waiting.set(next.id, error);
        if (++this.#inARow >= MAX_IN_A_ROW) throw error;
      } else await this.#suspect(next, error);
      return false;
    }
  }

  async #suspect(command: PendingCommand, error: unknown): Promise<void> {
    const { db } = this.#engine.connection;
    if ((await countCommandAttempt(db, command.id)) < ATTEMPTS) return;
    this.#suspects.set(command.id, { command, error });
    await insertFailureAlerts(this.#engine, db, [command]);
  }

  /** Without another command that changed an incident, the place itself is tried. When an alert of our own fails beside others, it has failed already. */
  async #provePlace(): Promise<void> {
    const all = [...this.#suspects.values()];
    const own = all.find(({ command }) => command.actor.id === MUSTER);
    if (own !== undefined && all.length > 1)
      throw new NothingPassesError(
        `${all.length} commands fail and none passes, so all of them stay pending: ${errorReason(own.error)}`,
        { cause: own.error },
      );
    await tryDecisionWrites(this.#engine.connection.db);
  }

  async #putAside(): Promise<void> {
    const engine = this.#engine;
    const done = [...this.#suspects.values()].map(({ command, error }) => ({
      id: command.id,
      outcome: deadLetterOutcome(engine, command, error),
    }));
    this.#suspects.clear();
    await finishCommands(engine.connection.db, done, engine.clock());
  }
}

/** The source of alerts of our own. */
const MUSTER = "muster";

/** Stores an alert for every command that is, or is about to be, put aside; none about an alert of our own, which would never end. */
export async function insertFailureAlerts(
  engine: Engine,
  tx: QueryExecutor,
  failed: readonly PendingCommand[],
): Promise<void> {
  const selfAlerts = failed
    .filter(({ actor }) => actor.id !== MUSTER)
    .map(({ id, type }) => commandFailureAlert(id, type, engine.clock()));
  if (selfAlerts.length > 0) await insertCommands(tx, selfAlerts, engine.clock());
}

/** Logs and counts a command that cannot be applied: it stays in the table with the reason until someone deals with it. */
export function deadLetterOutcome(engine: Engine, command: PendingCommand, error: unknown): CommandOutcome {
  engine.observe({ step: "apply.failed", type: command.type });
  engine.log.error(
    { command: command.id, type: command.type, err: error },
    "cannot apply a command; set aside as a dead letter",
  );
  return failedOutcome(maskStoredText(engine.policy(), oneLine(errorReason(error), 500)));
}

/** Whether others may pass where this failed. */
function isPartial(error: unknown): boolean {
  if (error instanceof NothingPassesError) return false;
  return !isOutage(error) || classifyFault(error).partial;
}

function isOutage(error: unknown): boolean {
  return !(error instanceof CommandFault) && classifyFault(error).kind === "outage";
}
