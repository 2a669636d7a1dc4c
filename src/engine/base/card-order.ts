import { findShownMessage, isEffectPending } from "#db/effects.ts";
import type { Channel } from "#domain/values/language.ts";
import { requireIncident, type EffectContext } from "./effect-context.ts";

/** ms until it is looked again whether the card is there. */
export const CARD_LOOK_MS = 500;

/** Whether the incident's card is still to come in this channel: it is the first message there. One that failed is not waited for. */
export async function awaitsCard(context: EffectContext, channel: Channel): Promise<boolean> {
  const { db } = context.engine.connection;
  const { number } = requireIncident(context);
  const shown = await findShownMessage(db, number, "chat.header");
  return shown?.channel !== channel.id && (await isEffectPending(db, [number], "chat.header"));
}
