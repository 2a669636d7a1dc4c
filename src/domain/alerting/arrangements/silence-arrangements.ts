import { z } from "zod";
import { formatUtc } from "#domain/values/instant.ts";
import { compileMatchers } from "#domain/values/matcher.ts";
import { codeText, localTime, richText } from "#domain/values/rich-text.ts";
import { oneLine } from "#domain/values/text.ts";
import {
  MAX_ARRANGED_MS,
  announceArrangement,
  defineArrangement,
  refuseArrangement,
} from "./arrangement-definition.ts";

// Alerts that people hold back for a time: the verbs mute and unmute.

export const setSilence = defineArrangement(
  "mute.set",
  { matchers: z.array(z.string()), from: z.number(), until: z.number(), reason: z.string() },
  {
    decide: (command, id, ctx) => {
      const { policy, now, actor } = ctx;
      const { matchers, from, until } = command;
      const reason = oneLine(command.reason, 300) || "no reason given";
      const wrong = wrongMatchers(matchers);
      if (wrong !== null) return refuseArrangement(wrong);
      if ((ctx.silences ?? []).length >= MAX_SILENCES)
        return refuseArrangement(
          `There are ${MAX_SILENCES} mutes already. \`mutes\` lists them; what holds for long belongs under \`maintenance\` in muster.yaml.`,
        );
      if (until <= now) return refuseArrangement("That time is over already.");
      if (until - from > MAX_ARRANGED_MS)
        return refuseArrangement("A mute of more than 90 days belongs under `maintenance` in muster.yaml.");
      return {
        ok: true,
        text: `Alerts with ${matchers.join(" ")} open no incident until ${formatUtc(until)}. They are kept and counted; \`unmute ${id}\` ends it. Those that still fire then open theirs.`,
        number: id,
        changes: [{ kind: "mute", silence: { id, matchers, reason, by: actor.name, from, until } }],
        effects: announceArrangement(command, id, ctx, [policy.channels.incidents]),
      };
    },
    announce: ({ matchers, until, reason }, by) =>
      richText`🔇 ${by} holds back alerts with ${codeText(matchers.join(" "))} until ${localTime(until)}: ${reason}`,
  },
);

export const liftSilence = defineArrangement(
  "mute.lift",
  { mute: z.number() },
  {
    decide: (command, id, ctx) => {
      const { policy, now } = ctx;
      if (!(ctx.silences ?? []).some((silence) => silence.id === command.mute))
        return refuseArrangement(`There is no mute ${command.mute}. \`mutes\` lists them.`);
      return {
        ok: true,
        text: `Mute ${command.mute} is over: alerts that it held back and that still fire open their incidents now.`,
        number: command.mute,
        changes: [{ kind: "lift", id: command.mute, at: now }],
        effects: announceArrangement(command, id, ctx, [policy.channels.incidents]),
      };
    },
    announce: (command, by) =>
      richText`🔔 ${by} ended mute ${command.mute}: alerts that still fire open their incidents now.`,
  },
);

const EVERYTHING = "This would hold back nearly every alert there is: say which, as in `mute service=checkout 2h`.";

/** Each alert is held against each silence. */
const MAX_SILENCES = 200;

function wrongMatchers(matchers: readonly string[]): string | null {
  if (matchers.length === 0) return EVERYTHING;
  try {
    // What fits an alert without any label fits nearly all there are.
    return compileMatchers(matchers)({}) ? EVERYTHING : null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
