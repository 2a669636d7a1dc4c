import { forgetShownMessage, findShownMessage } from "#db/effects.ts";
import { PortError } from "#ports/port-error.ts";
import { channelTopic as topicOf } from "#views/channel/incident-card.ts";
import { requireIncident, type EffectContext, type EffectResult } from "#engine/base/effect-context.ts";
import type { PerformEffect } from "#engine/base/effect-performer.ts";
import type { Channel } from "#domain/values/language.ts";
import type { Chat } from "#ports/chat.ts";

/**
 * Checks that the channel is as Muster left it. The effects that keep the channel repair what people changed by hand,
 * once their memory of what they showed is cleared; what cannot be repaired is posted where incidents are watched.
 */
export const repairChannelDrift: PerformEffect<"chat.check"> = async (_, context) => {
  const { attempt, state: drift } = context;
  const { chat, connection } = context.engine;
  const state = requireIncident(context);
  const { channel, number } = state;
  if (channel === null || state.archived) return { state: null };
  const found = await chat.look(channel.id, attempt);
  const lost = await findLoss(context, channel, found);
  if (lost !== null || found === null) return lost ?? {};
  if (found.topic === null) return { state: null };
  const drifts: string[] = [];
  let missing: string | null = null;
  const topic = topicOf(state);
  if (
    found.topic !== topic &&
    (await forgetShownMessage(connection.db, number, "chat.topic", `${channel.id} ${topic}`))
  )
    drifts.push(`The topic was changed by hand to "${found.topic}" and is put back`);
  const header = await findShownMessage(connection.db, number, "chat.header");
  const known = header !== null && drift === cardOf(header.id);
  if (
    header !== null &&
    header.channel === channel.id &&
    !known &&
    (await chat.message(channel.id, header.id, null, attempt)) === null
  ) {
    await forgetShownMessage(connection.db, number, "chat.header", null);
    drifts.push("The card was deleted and is posted again");
    missing = header.id;
  }
  return {
    // A missing card is reported once: without permission to read the channel it is never found.
    state: missing !== null ? cardOf(missing) : known ? drift : null,
    commands: [
      ...(found.name === channel.name ? [] : [{ type: "channel.renamed" as const, name: found.name }]),
      ...drifts.map((what) => ({ type: "channel.drifted" as const, what, repaired: true })),
    ],
  };
};

type FoundChannel = Awaited<ReturnType<Chat["look"]>>;

/** The report about a channel that cannot be used, or can be used again; null: it is there as before. */
async function findLoss(context: EffectContext, channel: Channel, found: FoundChannel): Promise<EffectResult | null> {
  const { attempt, state: memo, engine } = context;
  const { status, channelLost } = requireIncident(context);
  if (found === null)
    return report(
      memo,
      `#${channel.name} cannot be seen any more: if Muster was removed from it, invite it again with /invite`,
    );
  if (found.archived)
    return report(memo, `#${channel.name} was archived by hand while ${status}: unarchive it to go on there`);
  if (!found.member) {
    try {
      await engine.chat.join(channel.id, attempt);
    } catch (error) {
      if (!(error instanceof PortError) || error.retryable) throw error;
      return report(
        memo,
        `Muster was removed from #${channel.name} and may not come back: invite it again with /invite`,
      );
    }
    return repaired(`Muster was removed from #${channel.name} and has come back`, channelLost);
  }
  return channelLost ? repaired(`#${channel.name} is there again`, true) : null;
}

function repaired(what: string, wasLost: boolean): EffectResult {
  const back = wasLost ? { lost: false } : {};
  return { state: null, commands: [{ type: "channel.drifted", what, repaired: true, ...back }] };
}

function cardOf(id: string): string {
  return `card ${id} is gone`;
}

/** Reports the same drift once, until it is repaired. */
function report(memo: unknown, what: string): EffectResult {
  return memo === what
    ? {}
    : { state: what, commands: [{ type: "channel.drifted", what, repaired: false, lost: true }] };
}
