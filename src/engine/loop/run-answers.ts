import { claimCommand, findCommandOutcome, finishCommands } from "#db/commands.ts";
import type { RunRequest } from "#domain/automation/run-request.ts";
import type { CommandSubmission } from "#domain/commands/submission.ts";
import { unchangedOutcome, type CommandOutcome } from "#domain/events/command-outcome.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { refuseRequest, type RunRequestReply, type RunTransaction } from "#engine/automation/run-change.ts";
import { answerRunRequest } from "#engine/automation/run-commands.ts";
import type { Engine } from "#engine/base/engine.ts";
import { maskSubmission } from "#engine/base/masked-submission.ts";

/**
 * What is asked of runbooks is done at once, and not by the loop. It has the delivery key of every other command all the
 * same: the command and its outcome are stored in the transaction that does it, so that a second delivery finds the
 * outcome and does nothing, whatever became of the answer to the first.
 */
export async function answerOnce(
  engine: Engine,
  asked: CommandSubmission,
  request: RunRequest,
  about: Incident | null,
): Promise<CommandOutcome> {
  const command = maskSubmission(engine.policy(), asked);
  const earlier = await earlierOutcome(engine, asked, about);
  if (earlier !== null) return earlier;
  const stored: { outcome: CommandOutcome | null; known: boolean } = { outcome: null, known: false };
  const transact: RunTransaction = (work) =>
    engine.connection.db.transaction(async (tx) => {
      const now = engine.clock();
      const id = await claimCommand(tx, command, now);
      stored.known = id === null;
      if (id === null) return refuseRequest("");
      const reply = await work(tx);
      stored.outcome = runOutcome(request, reply, about);
      await finishCommands(tx, [{ id, outcome: stored.outcome }], now);
      return reply;
    });
  const reply = await answerRunRequest(engine, request, asked.actor, about, transact);
  // What was refused, or only looked, before anything was to be changed.
  if (stored.outcome === null && !stored.known) await transact(() => Promise.resolve(reply));
  return stored.outcome ?? (await earlierOutcome(engine, asked, about)) ?? runOutcome(request, reply, about);
}

/** What came of an earlier delivery of the same request; null when this is the first. */
async function earlierOutcome(
  engine: Engine,
  { key }: CommandSubmission,
  about: Incident | null,
): Promise<CommandOutcome | null> {
  const found = key === null ? null : await findCommandOutcome(engine.connection.db, key);
  if (found === null) return null;
  const asked = unchangedOutcome(about?.number ?? null);
  // Permission was refused, or the version before this one did it: then there is only that it was asked.
  return found === "pending" || (found.kind === "unchanged" && (found.text === asked.text || found.text === ""))
    ? { ...asked, text: "This request was handled already: nothing was done again." }
    : found;
}

function runOutcome({ do: what }: RunRequest, { ok, text }: RunRequestReply, about: Incident | null): CommandOutcome {
  const kind = !ok ? "refused" : what === "list" || what === "show" ? "unchanged" : "applied";
  return { kind, text, incident: about?.number ?? null, events: [], number: null };
}
