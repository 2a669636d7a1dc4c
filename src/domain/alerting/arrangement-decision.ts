import type { ArrangementCommand } from "#domain/incident/arrangement-command.ts";
import type { ArrangementChange } from "#domain/incident/arrangement.ts";
import type { Context } from "#domain/events/decision.ts";
import type { Effect } from "#domain/effects/effect-registry.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import { formatUtc } from "#domain/values/instant.ts";
import { compileMatchers } from "#domain/values/matcher.ts";
import { policyPersonName } from "#domain/policy/people.ts";
import { oneLine } from "#domain/values/text.ts";

/**
 * What comes of it: changes to write down, effects, words for whoever asked (null when no one did), and the number of the
 * override or silence that begins or ends, by which people name it.
 */
export type ArrangementDecision =
  | {
      readonly ok: true;
      readonly text: string | null;
      readonly number: number | null;
      readonly changes: readonly ArrangementChange[];
      readonly effects: readonly Effect[];
    }
  | { readonly ok: false; readonly refusal: string };

/** Longer than anyone can mean it, in ms. */
const MAX_DURATION_MS = 90 * DAY_MS;

/** Decides what people arrange that is about no incident. `id` is that of the command. Pure. */
export function decideArrangement(command: ArrangementCommand, id: number, ctx: Context): ArrangementDecision {
  switch (command.type) {
    case "shift.override":
      return overrideShift(command, id, ctx);
    case "shift.restore":
      return command.override === undefined
        ? restoreSchedule(command, id, ctx)
        : endOverride(command.override, id, ctx);
    case "shift.began":
      return beginShift(command, ctx);
    case "shift.check":
      return { ok: true, text: null, number: null, changes: [], effects: grouped(command.schedule, ctx) };
    case "mute.set":
      return setSilence(command, id, ctx);
    case "mute.lift":
      return liftSilence(command, id, ctx);
  }
}

type Arranged<Type extends ArrangementCommand["type"]> = Extract<ArrangementCommand, { readonly type: Type }>;

/** Tells channels what was arranged, and by whom. */
function announce(
  what: ArrangementCommand,
  command: number,
  { actor }: Context,
  channels: readonly string[],
): readonly Effect[] {
  return channels.map((channel): Effect => ({ type: "chat.arranged", channel, command, by: actor.name, what }));
}

function overrideShift(command: Arranged<"shift.override">, id: number, ctx: Context): ArrangementDecision {
  const { policy, now, actor } = ctx;
  const { schedule, person, from, until } = command;
  if (!Object.hasOwn(policy.schedules, schedule)) return refused(`There is no schedule called ${schedule}.`);
  if (until <= from || until <= now) return refused("That time is over already.");
  if (until - from > MAX_DURATION_MS) return refused("An override of more than 90 days belongs in muster.yaml.");
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
    effects: [...announce(command, id, ctx, scheduleChannels(schedule, ctx)), ...grouped(schedule, ctx)],
  };
}

/** Ends every override of a schedule: it is as the policy has it. */
function restoreSchedule(command: Arranged<"shift.restore">, id: number, ctx: Context): ArrangementDecision {
  const { schedule } = command;
  const ownOverrides = (ctx.overrides ?? []).filter((each) => each.schedule === schedule && each.source === "person");
  if (ownOverrides.length === 0) return refused(`Nobody stands in for anybody in ${schedule}.`);
  return {
    ok: true,
    text: `${schedule} is as the policy has it again.`,
    number: ownOverrides.length === 1 ? (ownOverrides[0]!.number ?? null) : null,
    changes: [{ kind: "restore", schedule, at: ctx.now }],
    effects: [...announce(command, id, ctx, scheduleChannels(schedule, ctx)), ...grouped(schedule, ctx)],
  };
}

function beginShift(command: Arranged<"shift.began">, ctx: Context): ArrangementDecision {
  const { schedule, at } = command;
  const announced = ctx.policy.schedules[schedule]?.announce === true ? scheduleChannels(schedule, ctx) : [];
  return {
    ok: true,
    text: null,
    number: null,
    changes: [],
    effects: [
      ...announced.map((channel): Effect => ({ type: "chat.shift", channel, schedule, at })),
      ...grouped(schedule, ctx),
    ],
  };
}

function setSilence(command: Arranged<"mute.set">, id: number, ctx: Context): ArrangementDecision {
  const { policy, now, actor } = ctx;
  const { matchers, from, until } = command;
  const reason = oneLine(command.reason, 300) || "no reason given";
  const wrong = wrongMatchers(matchers);
  if (wrong !== null) return refused(wrong);
  if ((ctx.silences ?? []).length >= MAX_SILENCES)
    return refused(
      `There are ${MAX_SILENCES} mutes already. \`mutes\` lists them; what holds for long belongs under \`maintenance\` in muster.yaml.`,
    );
  if (until <= now) return refused("That time is over already.");
  if (until - from > MAX_DURATION_MS)
    return refused("A mute of more than 90 days belongs under `maintenance` in muster.yaml.");
  return {
    ok: true,
    text: `Alerts with ${matchers.join(" ")} open no incident until ${formatUtc(until)}. They are kept and counted; \`unmute ${id}\` ends it. Those that still fire then open theirs.`,
    number: id,
    changes: [{ kind: "mute", mute: { id, matchers, reason, by: actor.name, from, until } }],
    effects: announce(command, id, ctx, [policy.channels.incidents]),
  };
}

function liftSilence(command: Arranged<"mute.lift">, id: number, ctx: Context): ArrangementDecision {
  const { policy, now } = ctx;
  if (!(ctx.silences ?? []).some((silence) => silence.id === command.mute))
    return refused(`There is no mute ${command.mute}. \`mutes\` lists them.`);
  return {
    ok: true,
    text: `Mute ${command.mute} is over: alerts that it held back and that still fire open their incidents now.`,
    number: command.mute,
    changes: [{ kind: "lift", id: command.mute, at: now }],
    effects: announce(command, id, ctx, [policy.channels.incidents]),
  };
}

/** Ends one override; another one of the same schedule, or the layers, count from now on. */
function endOverride(number: number, id: number, ctx: Context): ArrangementDecision {
  const found = (ctx.overrides ?? []).find((each) => each.source === "person" && each.number === number);
  if (found === undefined)
    return refused(`There is no override ${number}. \`override end SCHEDULE\` ends those of a schedule.`);
  const { schedule } = found;
  const what = { type: "shift.restore", schedule, override: number } as const;
  return {
    ok: true,
    text: `Override ${number} of ${schedule} is over.`,
    number,
    changes: [{ kind: "restore", schedule, at: ctx.now, override: number }],
    effects: [...announce(what, id, ctx, scheduleChannels(schedule, ctx)), ...grouped(schedule, ctx)],
  };
}

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

/** Where the people of a schedule are told: the channels of the teams that have it. */
export function scheduleChannels(schedule: string, { policy }: Pick<Context, "policy">): readonly string[] {
  const channels = Object.values(policy.teams).flatMap((team) =>
    team.schedule === schedule && team.channel !== undefined ? [team.channel] : [],
  );
  return channels.length > 0 ? [...new Set(channels)] : [policy.channels.incidents];
}

function grouped(schedule: string, { policy }: Context): readonly Effect[] {
  return policy.schedules[schedule]?.userGroup === undefined ? [] : [{ type: "chat.group", schedule }];
}

function refused(text: string): ArrangementDecision {
  return { ok: false, refusal: text };
}
