import { DAY_MS, formatDuration, parseDuration } from "#domain/values/duration.ts";
import { compileMatcher } from "#domain/values/matcher.ts";
import { policyPersonName } from "#domain/policy/people.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { Instant } from "#domain/values/language.ts";
import { lastAt } from "#domain/values/wall-clock.ts";
import { oneLine } from "#domain/values/text.ts";
import { takePerson } from "./person-argument.ts";
import { requestArrangement, reportProblem, type VerbContext, type Verb, type VerbRequest } from "./verb.ts";
import type { WordReader } from "./word-reader.ts";

const DURATION = /^(?:\d+[mhdw])+$/;

/** The schedule that someone means: named, or the only one, or the only one that a person takes turns in. */
function resolveSchedule(
  policy: Policy,
  name: string | null,
  people: readonly string[],
): { readonly schedule: string } | { readonly problem: string } {
  const all = Object.keys(policy.schedules);
  if (all.length === 0) return { problem: "There are no schedules in muster.yaml." };
  if (name !== null) {
    const found = all.find((each) => each.toLowerCase() === name.toLowerCase()) ?? teamSchedule(policy, name);
    return found === null || found === undefined
      ? { problem: `There is no schedule called ${oneLine(name, 60)}. There are: ${all.join(", ")}.` }
      : { schedule: found };
  }
  const ownOverrides = all.filter((each) =>
    policy.schedules[each]!.layers.some((layer) => layer.people.some((person) => people.includes(person))),
  );
  const only = all.length === 1 ? all : ownOverrides;
  return only.length === 1 ? { schedule: only[0]! } : { problem: `Name the schedule: ${all.join(", ")}.` };
}

function teamSchedule(policy: Policy, name: string): string | null {
  const team = Object.keys(policy.teams).find((each) => each.toLowerCase() === name.toLowerCase());
  return team === undefined ? null : (policy.teams[team]!.schedule ?? null);
}

/** The next instant at which a clock in `zone` shows HH:MM; null when it is no time of day. */
function nextAt(clock: string, { zone, now }: Pick<VerbContext, "zone" | "now">): Instant | null {
  // An hour that spring leaves out is shown again the day after.
  for (const days of [1, 2, 3]) {
    const at = lastAt(clock, zone, now + days * DAY_MS);
    if (at === null || at > now) return at;
  }
  return null;
}

function override(words: WordReader, ctx: VerbContext): VerbRequest {
  const { policy, now } = ctx;
  const ends = words.first(/^(?:end|cancel|off)$/i) !== null;
  if (ends) {
    const named = words.first(/^\S/);
    if (named !== null && /^\d{1,15}$/.test(named) && !Object.hasOwn(policy.schedules, named))
      return words.empty
        ? requestArrangement({ type: "shift.restore", schedule: "", override: Number(named) })
        : reportProblem("Name it: `override end 12`, or `override end SCHEDULE`.");
    const meant = resolveSchedule(policy, named, [policyPersonName(policy, ctx.person.id) ?? ""]);
    return "problem" in meant
      ? reportProblem(meant.problem)
      : requestArrangement({ type: "shift.restore", schedule: meant.schedule });
  }
  const person = takePerson(words, ctx, "first");
  if (!person.ok) return reportProblem(person.text);
  const start = words.lastAfter("from", /^\S/);
  const from = start === null ? now : nextAt(start, ctx);
  if (from === null) return reportProblem(`"${oneLine(start!, 60)}" is no time of day; write it like \`from 18:00\`.`);
  const length = words.first(DURATION);
  const ms = length === null ? null : parseDuration(length);
  if (person.person === null || ms === null || ms <= 0)
    return reportProblem(
      "Name who, and for how long: `override @USER 8h`, `override @USER 2d SCHEDULE from 18:00`, or `override end`.",
    );
  const named = words.first(/^\S/);
  if (!words.empty)
    return reportProblem(
      `I do not understand "${oneLine(words.all(), 60)}". Type it like \`override @USER 8h SCHEDULE from 18:00\`.`,
    );
  const ids = [person.person.id, ctx.person.id].map((id) => policyPersonName(policy, id) ?? id);
  const meant = resolveSchedule(policy, named, ids);
  if ("problem" in meant) return reportProblem(meant.problem);
  return requestArrangement({
    type: "shift.override",
    schedule: meant.schedule,
    person: person.person,
    from,
    until: from + ms,
  });
}

function silenceVerb(words: WordReader, { now }: VerbContext): VerbRequest {
  const matchers: string[] = [];
  for (let word = words.first(/[=~]/); word !== null; word = words.first(/[=~]/)) {
    // The chat writes quotes that curl.
    const text = word.replace(/[“”]/g, '"').replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
    try {
      compileMatcher(text);
    } catch (error) {
      return reportProblem(error instanceof Error ? error.message : String(error));
    }
    matchers.push(text);
  }
  const length = words.first(DURATION);
  const ms = length === null ? null : parseDuration(length);
  if (matchers.length === 0 || ms === null || ms <= 0)
    return reportProblem("Name the alerts, and for how long: `mute service=checkout alertname=~High.* 2h REASON`.");
  return requestArrangement({
    type: "mute.set",
    matchers,
    from: now,
    until: now + ms,
    reason: words.empty ? `for ${formatDuration(ms)}` : words.all(),
  });
}

export const overrideAndSilenceVerbs: readonly Verb[] = [
  {
    name: "override",
    aliases: ["cover"],
    usage: "@USER DURATION [SCHEDULE] [from HH:MM] · end [N|SCHEDULE]",
    summary: "put someone on call in place of the scheduled person",
    group: "Arrange",
    about: "nothing",
    read: override,
  },
  {
    name: "mute",
    aliases: ["silence"],
    usage: "LABEL=VALUE… DURATION [REASON]",
    summary: "alerts with these labels open no incident for a time; they are kept and counted",
    group: "Arrange",
    about: "nothing",
    read: silenceVerb,
  },
  {
    name: "unmute",
    aliases: ["unsilence"],
    usage: "N",
    summary: "end a mute",
    group: "Arrange",
    about: "nothing",
    read(words) {
      const number = words.first(/^\d{1,15}$/);
      return number === null || !words.empty
        ? reportProblem("Name it: `unmute 12`. `mutes` lists them.")
        : requestArrangement({ type: "mute.lift", mute: Number(number) });
    },
  },
  {
    name: "mutes",
    aliases: ["maintenance"],
    usage: "",
    summary: "what is held back, why, and until when",
    group: "Look",
    about: "nothing",
    read: () => ({ kind: "show", show: "mutes", argument: null }),
  },
];
