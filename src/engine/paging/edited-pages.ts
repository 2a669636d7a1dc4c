import { listPageMessages } from "#db/effects.ts";
import { pageMessage } from "#views/paging/page-messages.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";
import type { EffectContext, EffectResult } from "#engine/base/effect-context.ts";
import type { PerformEffect } from "#engine/base/effect-performer.ts";
import { digestMessage, shownMessageState } from "#engine/base/shown-message.ts";
import { PortError } from "#ports/port-error.ts";
import { pageDescription } from "./page-content.ts";
import { askingIncidents, readPageHome } from "./pager-alarms.ts";

/** ms until it is looked again what became of a message that is on its way. */
const RECHECK_MS = 500;

/**
 * Edits the direct messages of pages to what became of each: who was woken sees that someone else has it, that it has ended,
 * or that it was called off. A message on its way is waited for: it may show a state of before.
 */
export const editPageMessages: PerformEffect<"chat.pages"> = async (_, context) => {
  const { engine, stored } = context;
  if (stored === null) return {};
  const messages = await listPageMessages(engine.connection.db, askingIncidents(stored.state));
  const shown = readDigests(context.state);
  let waits = false;
  for (const { id, page, to, status, sent } of messages) {
    waits ||= status === "started";
    const memo = shownMessageState(sent);
    if (memo === null) continue;
    const digest = await editOne(context, { page, to, memo, last: shown.get(id) ?? memo.said });
    if (digest !== null) shown.set(id, digest);
  }
  const result: EffectResult = { state: { shown: Object.fromEntries(shown) } };
  return waits ? { ...result, reschedule: { inMs: RECHECK_MS } } : result;
};

type SentPage = {
  readonly page: string;
  readonly to: { readonly id: string; readonly name: string };
  readonly memo: { readonly channel: string; readonly id: string };
  readonly last: string;
};

/** The digest of what it shows by now; null: its page is of no incident any longer. */
async function editOne({ engine, stored, attempt }: EffectContext, each: SentPage): Promise<string | null> {
  const home = await readPageHome(engine, stored!, each.page);
  if (home === null) return null;
  const { state } = home.stored;
  const facts = { description: await pageDescription(state, engine), to: each.to };
  const message = pageMessage(state, each.page, incidentUrl(engine, state), facts);
  if (message === null) return null;
  const digest = digestMessage(message);
  if (digest === each.last) return digest;
  try {
    await engine.chat.edit(each.memo.channel, each.memo.id, message, attempt);
  } catch (error) {
    // They deleted it: they have seen it.
    if (!(error instanceof PortError) || error.retryable) throw error;
  }
  return digest;
}

function readDigests(memo: unknown): Map<string, string> {
  const isKnown = typeof memo === "object" && memo !== null && "shown" in memo;
  return new Map(isKnown ? Object.entries(memo.shown as Record<string, string>) : []);
}
