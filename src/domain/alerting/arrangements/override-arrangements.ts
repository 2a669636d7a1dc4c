import { z } from "zod";
import type { Context } from "#domain/events/decision.ts";
import type { Effect } from "#domain/effects/effect-registry.ts";
import { PersonSchema } from "#domain/incident/schemas.ts";
import { policyPersonName } from "#domain/policy/people.ts";
import { formatUtc } from "#domain/values/instant.ts";
import { localTime, richText } from "#domain/values/rich-text.ts";
import {
  MAX_ARRANGED_MS,
  announceArrangement,
  defineArrangement,
  refuseArrangement,
  type ArrangementDecision,
} from "./arrangement-definition.ts";

// Who stands in for whom, and what follows from a schedule as time goes on.

/** `person`: by their name in the policy, else by their id in the chat. */
export const overrideShift = defineArrangement(
  "shift.override",
  { schedule: z.string(), person: PersonSchema, from: z.number(), until: z.number() },
  {
    decide: (command, id, ctx) => {
      const { policy, now, actor } = ctx;
      const { schedule, person, from, until } = command;
      if (!Object.hasOwn(policy.schedules, schedule))
        return refuseArrangement(`There is no schedule called ${schedule}.`);
      if (until <= from || until <= now) return refuseArrangement("That time is over already.");
      if (until - from > MAX_ARRANGED_MS)
        return refuseArrangement("An override of more than 90 days belongs in muster.yaml.");
      const override = {
        schedule,
        person: policyPersonName(policy, person.id) ?? person.id,
        from,
        until,
        source: "person",
        number: id,
      } as const;
      const begins = from <= now ? "is" : `will be, from ${formatUtc(from)},`;
      return {
        ok: true,
        text: `${person.name} ${begins} on call for ${schedule} until ${formatUtc(until)}. \`override end ${id}\` ends it.`,
        number: id,
        changes: [{ kind: "override", override, by: actor }],
        effects: [
          ...announceArrangement(command, id, ctx, scheduleChannels(schedule, ctx)),
          ...groupEffects(schedule, ctx),
        ],
      };
    },
    announce: ({ schedule, person, from, until }, by) =>
      richText`🔁 *${schedule}*: ${person.name} is on call from ${localTime(from)} until ${localTime(until)}, says ${by}.`,
  },
);

/**
 * Every override of a schedule that people made ends; or only that with the number `override`, requested with an empty
 * schedule: a previous version, which has no numbers, finds no such schedule and ends nothing.
 */
export const restoreSchedule = defineArrangement(
  "shift.restore",
  { schedule: z.string(), override: z.number().optional() },
  {
    decide: (command, id, ctx) =>
      command.override === undefined ? endOverrides(command.schedule, id, ctx) : endOverride(command.override, id, ctx),
    announce: ({ schedule, override }, by) =>
      richText`🔁 *${schedule}*: ${override === undefined ? "overrides are" : `override ${override} is`} over, says ${by}.`,
  },
);

/** Someone's shift has begun. */
export const beginShift = defineArrangement(
  "shift.began",
  { schedule: z.string(), at: z.number() },
  {
    decide: ({ schedule, at }, _, ctx) => {
      const announced = ctx.policy.schedules[schedule]?.announce === true ? scheduleChannels(schedule, ctx) : [];
      return {
        ok: true,
        text: null,
        number: null,
        changes: [],
        effects: [
          ...announced.map((channel): Effect => ({ type: "chat.shift", channel, schedule, at })),
          ...groupEffects(schedule, ctx),
        ],
      };
    },
    // The result of the hand-off is looked up when it is posted (`chat.shift`).
    announce: () => null,
  },
);

/** The group of a schedule is looked at. */
export const checkGroup = defineArrangement(
  "shift.check",
  { schedule: z.string() },
  {
    decide: ({ schedule }, _, ctx) => ({
      ok: true,
      text: null,
      number: null,
      changes: [],
      effects: groupEffects(schedule, ctx),
    }),
    announce: () => null,
  },
);

/** Ends every override of a schedule: it is as the policy has it. */
function endOverrides(schedule: string, id: number, ctx: Context): ArrangementDecision {
  const ownOverrides = (ctx.overrides ?? []).filter((each) => each.schedule === schedule && each.source === "person");
  if (ownOverrides.length === 0) return refuseArrangement(`There is no override of ${schedule}.`);
  const what = { type: "shift.restore", schedule };
  return {
    ok: true,
    text: `${schedule} is as the policy has it again.`,
    number: ownOverrides.length === 1 ? (ownOverrides[0]!.number ?? null) : null,
    changes: [{ kind: "restore", schedule, at: ctx.now }],
    effects: [...announceArrangement(what, id, ctx, scheduleChannels(schedule, ctx)), ...groupEffects(schedule, ctx)],
  };
}

/** Ends one override; another one of the same schedule, or the layers, count from now on. */
function endOverride(number: number, id: number, ctx: Context): ArrangementDecision {
  const found = (ctx.overrides ?? []).find((each) => each.source === "person" && each.number === number);
  if (found === undefined)
    return refuseArrangement(`There is no override ${number}. \`override end SCHEDULE\` ends those of a schedule.`);
  const { schedule } = found;
  const what = { type: "shift.restore", schedule, override: number };
  return {
    ok: true,
    text: `Override ${number} of ${schedule} is over.`,
    number,
    changes: [{ kind: "restore", schedule, at: ctx.now, override: number }],
    effects: [...announceArrangement(what, id, ctx, scheduleChannels(schedule, ctx)), ...groupEffects(schedule, ctx)],
  };
}

/** Where news of a schedule is posted: the channels of the teams that have it. */
function scheduleChannels(schedule: string, { policy }: Context): readonly string[] {
  const channels = Object.values(policy.teams).flatMap((team) =>
    team.schedule === schedule && team.channel !== undefined ? [team.channel] : [],
  );
  return channels.length > 0 ? [...new Set(channels)] : [policy.channels.incidents];
}

function groupEffects(schedule: string, { policy }: Context): readonly Effect[] {
  return policy.schedules[schedule]?.userGroup === undefined ? [] : [{ type: "chat.group", schedule }];
}
