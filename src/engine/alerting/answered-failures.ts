import { answeredFailures } from "#db/outages/dead-letter-rows.ts";
import { MUSTER_ACTOR } from "#domain/values/language.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";
import { COMMAND_FAILURE_PREFIX, commandAnsweredAlert } from "./self-alerts.ts";

/**
 * Resolves the alerts of our own about commands that have been applied or dropped since. By what is stored, and not by
 * who did it: to be called every minute, by any number of processes.
 */
export async function resolveAnsweredFailures({ connection, clock }: Engine, submit: SubmitCommand): Promise<void> {
  for (const id of await answeredFailures(connection.db, MUSTER_ACTOR.id, COMMAND_FAILURE_PREFIX))
    await submit(commandAnsweredAlert(id, clock()));
}
