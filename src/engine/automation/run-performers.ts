import { countRunOutcomes } from "#db/run-limits.ts";
import { loadJournal, loadRuns } from "#db/runs.ts";
import { NO_RUN_RECORD } from "#domain/automation/run-trust.ts";
import { needsStepUp } from "#domain/automation/approval.ts";
import type { Run } from "#domain/automation/run.ts";
import { runCard } from "#views/automation/run-card.ts";
import { runUrl } from "#engine/base/dashboard-links.ts";
import { requireIncident, type EffectResult } from "#engine/base/effect-context.ts";
import {
  chatFailure,
  reportNothing,
  type EffectPerformers,
  type PerformEffect,
} from "#engine/base/effect-performer.ts";
import { showMessage } from "#engine/base/shown-message.ts";

/** A run of a group that has done nothing yet: the group's approval request shows it. */
function isGroupedRun({ systemic, by, wroteAt, asked: approval, state }: Run): boolean {
  return (
    systemic &&
    by === null &&
    wroteAt === null &&
    approval?.over === undefined &&
    state !== "unknown" &&
    state !== "failed"
  );
}

/** How a run is getting on: one message, posted once and changed. */
const showRunCard: PerformEffect<"chat.run"> = async (effect, context): Promise<EffectResult> => {
  const { channel, archived, channelRequested, channelFailed } = requireIncident(context);
  // It may have begun before its channel was there.
  if (channel === null && channelRequested && !channelFailed) return { reschedule: { inMs: 2_000 } };
  if (channel === null || archived) return {};
  const { db } = context.engine.connection;
  const [found] = await loadRuns(db, [effect.run]);
  if (found === undefined) return {};
  if (context.state === null && isGroupedRun(found)) return {};
  const record = (await countRunOutcomes(db, [found])).get(found.runbook) ?? NO_RUN_RECORD;
  const { signIn, policy } = context.engine;
  const page = signIn === true && needsStepUp(found, policy()) ? runUrl(context.engine, found.number) : null;
  return showMessage(context, channel.id, runCard(found, await loadJournal(db, [effect.run]), record, page), {});
};

export const runPerformers = {
  "chat.run": { perform: showRunCard, failed: chatFailure, delayed: reportNothing },
} satisfies Partial<EffectPerformers>;
