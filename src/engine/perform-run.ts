import { recordsOf } from "#db/run-limits.ts";
import { journalOf, runsOf } from "#db/runs.ts";
import { NO_RECORD } from "#domain/run-trust.ts";
import { needsStepUp } from "#domain/step-up.ts";
import type { Run } from "#domain/run.ts";
import { runCard } from "#views/run-card.ts";
import { runUrl } from "./links.ts";
import type { Performed, Performer } from "./job.ts";
import { incidentOf, show } from "./perform-chat.ts";

/** One of many like it that has done nothing yet: whoever asks for all of them shows it. */
function isSpokenFor({ systemic, by, wroteAt, asked, state }: Run): boolean {
  return systemic && by === null && wroteAt === null && asked?.over === undefined && state !== "unknown" && state !== "failed";
}

/** How a run is getting on: one message, posted once and changed. */
export const run: Performer<"chat.run"> = async (effect, job): Promise<Performed> => {
  const { channel, archived, channelRequested, channelFailed } = incidentOf(job);
  // It may have begun before its channel was there.
  if (channel === null && channelRequested && !channelFailed) return { again: { inMs: 2_000 } };
  if (channel === null || archived) return {};
  const { db } = job.engine.connection;
  const [found] = await runsOf(db, [effect.run]);
  if (found === undefined) return {};
  if (job.memo === null && isSpokenFor(found)) return {};
  const record = (await recordsOf(db, [found])).get(found.runbook) ?? NO_RECORD;
  const { signIn, policy } = job.engine;
  const page = signIn === true && needsStepUp(found, policy()) ? runUrl(job.engine, found.number) : null;
  return show(job, channel.id, runCard(found, await journalOf(db, [effect.run]), record, page), {});
};
