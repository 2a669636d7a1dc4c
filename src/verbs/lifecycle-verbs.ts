import { incidentNumber, PRIORITIES, type Priority } from "#domain/values/language.ts";
import {
  LEADING_TIME,
  LONGEST_TIME_PHRASE,
  readWrittenTime,
  TIME_PHRASE,
  type WrittenTime,
} from "#domain/response/written-time.ts";
import { formatUtc } from "#domain/values/instant.ts";
import { oneLine } from "#domain/values/text.ts";
import { priorityInWords } from "#domain/policy/severity.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { takePage, takeTeam } from "./page-argument.ts";
import { requestCommand, reportProblem, withNote, type VerbContext, type Verb, type VerbRequest } from "./verb.ts";
import type { WordReader } from "./word-reader.ts";

const PRIORITY = /^p[0-4]$/i;
/** Levels that no title begins with: P1, SEV-2, sev2. */
const LEVEL = /^(?:p[0-4]|sev-?\d)$/i;

function priorityOf(word: string | null): Priority | null {
  return word === null ? null : (PRIORITIES.find((each) => each === word.toUpperCase()) ?? null);
}

/** Takes a priority off the front, as people say it: P1, SEV-2, sev 2; null when there is none. */
function takeLevel(words: WordReader, { policy }: VerbContext): Priority | null {
  const level = words.first(LEVEL);
  if (level !== null) return priorityInWords(policy, level);
  const two = /^sev(?:erity)?\s+(\d)(?=\s|$)/i.exec(words.rest);
  const priority = two === null ? null : priorityInWords(policy, two[1]!);
  if (priority !== null) {
    words.first(/^/);
    words.first(/^/);
  }
  return priority;
}

/** Takes a word for a priority off the front: "high", "2"; null when it is none. */
function takeLevelWord(words: WordReader, { policy }: VerbContext): Priority | null {
  const priority = priorityInWords(policy, /^\S+/.exec(words.rest)?.[0] ?? "");
  if (priority !== null) words.first(/^/);
  return priority;
}

/** The service of the policy that a text names, the longest name when there are several; null: none. */
function serviceIn(text: string, { services }: Policy): string | null {
  const words = ` ${text.toLowerCase().replace(/[^\p{L}\p{N}_-]+/gu, " ")} `;
  return (
    Object.keys(services)
      .toSorted((a, b) => b.length - a.length)
      .find((name) => words.includes(` ${name.toLowerCase()} `)) ?? null
  );
}

/** Who writes P7 means a priority, and would not look for it in the title; p99 is a latency. */
function noPriority(words: WordReader, text: string): VerbRequest | null {
  const word = words.first(/^(?:P\d+|p\d)$/);
  return word === null
    ? null
    : reportProblem(`"${oneLine(word, 60)}" is no priority. Type \`${text}\`, with one of ${PRIORITIES.join(", ")}.`);
}

/**
 * Takes "at 14:05", "at friday 18:00" and the like off the end, or off the beginning: when it happened, by the clock of its
 * author.
 */
export function takeTime(
  words: WordReader,
  { zone, now }: VerbContext,
): { readonly ok: true; readonly at: WrittenTime | null } | { readonly ok: false; readonly request: VerbRequest } {
  const phrase =
    words.lastPhrase(TIME_PHRASE, LONGEST_TIME_PHRASE) ?? words.firstPhrase(LEADING_TIME, LONGEST_TIME_PHRASE);
  if (phrase === null) return { ok: true, at: null };
  const written = readWrittenTime(phrase, { zone, now });
  if (written === null)
    return {
      ok: false,
      request: reportProblem(
        `"${oneLine(phrase, 60)}" is no time. Write it like \`at 14:05\`, \`at friday 18:00\` or \`at 2026-11-27 18:00 UTC\`.`,
      ),
    };
  if ("at" in written && written.at > now)
    return { ok: false, request: reportProblem(`${formatUtc(written.at)} is in the future.`) };
  return { ok: true, at: written };
}

/** The same where nothing but a time is expected: "at" may be left out, as in "to 18:00" and "friday 18:00". */
export function takeOnlyTime(words: WordReader, ctx: VerbContext): ReturnType<typeof takeTime> {
  const rest = words.rest.replace(/^(?:to|was|is|=)(?=[\s\d])\s*/i, "");
  const only = words.part(/^(?:at|on|around)\s|\sago$/i.test(rest) ? rest : `at ${rest}`);
  const time = takeTime(only, ctx);
  if (time.ok && (time.at === null || !only.empty)) return takeTime(words, ctx);
  words.all();
  return time;
}

export const lifecycleVerbs: readonly Verb[] = [
  {
    name: "declare",
    aliases: ["new", "create", "open"],
    usage: "[private] [P0–P4] TITLE",
    summary: "open an incident; without a title: the form",
    group: "Respond",
    about: "nothing",
    button: "Declare an incident",
    read(words, ctx) {
      if (words.first(/^form$/i) !== null)
        return { kind: "form", form: "declare", ...(words.empty ? {} : { words: words.all() }) };
      // Either may come first.
      const early = words.first(/^private:?$/i) !== null;
      const priority = takeLevel(words, ctx);
      const isPrivate = early || words.first(/^private:?$/i) !== null;
      if (words.empty) return { kind: "form", form: "declare" };
      const wrong = noPriority(words, "declare P1 TITLE");
      if (wrong !== null) return wrong;
      const title = words.all();
      return {
        kind: "declare",
        declaration: {
          title,
          priority,
          service: serviceIn(title, ctx.policy),
          summary: null,
          private: isPrivate,
          page: true,
          drill: false,
        },
      };
    },
  },
  {
    name: "ack",
    aliases: ["acknowledge"],
    usage: "[PAGE|TEAM] [at TIME] [TEXT]",
    summary: "you have it: the escalation of your team stops, or that of the named team, or of the page with this key",
    group: "Respond",
    about: "incident",
    takesPage: true,
    read(words, ctx) {
      const page = takePage(words);
      const time = takeTime(words, ctx);
      if (!time.ok) return time.request;
      const command = { type: "incident.acknowledge", ...page, ...takeTeam(words, ctx.policy) } as const;
      return withNote(command, words, time.at);
    },
  },
  {
    name: "severity",
    aliases: ["sev", "priority"],
    usage: "P0–P4 [REASON]",
    summary: "set the priority; a rise pages the new level",
    group: "Respond",
    about: "incident",
    read(words, ctx) {
      if (words.empty) return { kind: "form", form: "severity" };
      const priority = takeLevel(words, ctx) ?? takeLevelWord(words, ctx);
      if (priority === null)
        return reportProblem(
          `"${oneLine(words.rest, 60)}" is no priority. Type \`severity P1 REASON\`, with one of ${PRIORITIES.join(", ")}.`,
        );
      return requestCommand({ type: "incident.set_priority", priority, reason: words.empty ? null : words.all() });
    },
  },
  {
    name: "mitigate",
    aliases: ["mitigated", "mit"],
    usage: "[at TIME]",
    summary: "customers no longer feel it; the cause may still be there",
    group: "Respond",
    about: "incident",
    read(words, ctx) {
      if (/^form$/i.test(words.rest)) return { kind: "form", form: "mitigate" };
      const time = takeOnlyTime(words, ctx);
      if (!time.ok) return time.request;
      return words.empty
        ? requestCommand({ type: "incident.mitigate" }, time.at)
        : reportProblem("`mitigate` takes only `at TIME`. For what was done, use `note TEXT`.");
    },
  },
  {
    name: "resolve",
    aliases: ["resolved", "fixed"],
    usage: "[SUMMARY] [at TIME]",
    summary: "it is fixed; with a reason when alerts still fire",
    group: "Respond",
    about: "incident",
    read(words, ctx) {
      // The words of the button: a form that asks for a reason when alerts still fire.
      if (/^form$/i.test(words.rest)) return { kind: "form", form: "resolve" };
      const time = takeTime(words, ctx);
      if (!time.ok) return time.request;
      return requestCommand({ type: "incident.resolve", reason: words.empty ? null : words.all() }, time.at);
    },
  },
  {
    name: "reopen",
    aliases: [],
    usage: "[REASON]",
    summary: "it is happening again",
    group: "Respond",
    about: "incident",
    read: (words) => requestCommand({ type: "incident.reopen", reason: words.empty ? null : words.all() }),
  },
  {
    name: "close",
    aliases: [],
    usage: "",
    summary: "finish it, and archive the channel",
    group: "Respond",
    about: "incident",
    read: () => requestCommand({ type: "incident.close" }),
  },
  {
    name: "cancel",
    aliases: [],
    usage: "REASON",
    summary: "it was a false alarm",
    group: "Respond",
    about: "incident",
    read: (words) =>
      words.empty
        ? reportProblem("Add why it is no incident: `cancel REASON`.")
        : requestCommand({ type: "incident.cancel", reason: words.all() }),
  },
  {
    name: "escalate",
    aliases: [],
    usage: "[REASON]",
    summary: "page the next escalation step now",
    group: "Respond",
    about: "incident",
    read: (words) => requestCommand({ type: "incident.escalate", reason: words.empty ? null : words.all() }),
  },
  {
    name: "drill",
    aliases: ["gameday"],
    usage: "SCENARIO",
    summary: "practice: an incident like any other, with real pages, that no statistics count",
    group: "Respond",
    about: "nothing",
    read(words) {
      const priority = priorityOf(words.first(PRIORITY));
      if (words.empty) return reportProblem("Add what to practice: `drill the primary database is gone`.");
      const wrong = noPriority(words, "drill P1 SCENARIO");
      if (wrong !== null) return wrong;
      const title = `Drill: ${words.all()}`;
      return {
        kind: "declare",
        declaration: {
          title,
          priority: priority ?? "P1",
          service: null,
          summary: null,
          private: false,
          page: true,
          drill: true,
        },
      };
    },
  },
  {
    name: "merge",
    aliases: ["dup", "duplicate"],
    usage: "INC-n",
    summary: "this one is a part of INC-n, which goes on with the alerts of both",
    group: "Arrange",
    about: "incident",
    namesOther: true,
    read(words) {
      const number = incidentNumber(words.all());
      return number === null
        ? reportProblem("Name the incident that goes on: `merge INC-12`.")
        : requestCommand({ type: "incident.merge", into: number });
    },
  },
  {
    name: "unmerge",
    aliases: [],
    usage: "",
    summary: "make it an incident of its own again, with the alerts and pages that it brought",
    group: "Arrange",
    about: "incident",
    read: () => requestCommand({ type: "incident.unmerge" }),
  },
  {
    name: "undo",
    aliases: [],
    usage: "",
    summary: "take your last verb back, within 10 minutes",
    group: "Respond",
    about: "incident",
    read: () => requestCommand({ type: "undo" }),
  },
];
