import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import { parseDuration } from "#domain/values/duration.ts";
import {
  CLOCK_BEFORE,
  LEADING_TIME,
  LONGEST_TIME_PHRASE,
  readWrittenTime,
  TIME_PHRASE,
  type WrittenTime,
} from "#domain/response/written-time.ts";
import { MILESTONES } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import { parseDayText } from "#domain/values/wall-clock.ts";
import { takeOnlyTime, takeTime } from "./lifecycle-verbs.ts";
import { takePerson } from "./person-argument.ts";
import { requestCommand, reportProblem, type VerbContext, type Verb, type VerbRequest } from "./verb.ts";
import type { WordReader } from "./word-reader.ts";

/** A command that all words stand for. */
function whole(words: WordReader, command: IncidentCommand): VerbRequest {
  words.all();
  return requestCommand(command);
}

function task(kind: "task" | "followup", words: WordReader, ctx: VerbContext): VerbRequest {
  if (words.empty) return { kind: "show", show: "tasks", argument: null };
  const done = /^done\s+#?(\d{1,6})$/i.exec(words.rest);
  if (done !== null) return whole(words, { type: "task.done", id: Number(done[1]) });
  const ticket = /^tickets?(?:\s+(?:#?(\d{1,6})|all))?$/i.exec(words.rest);
  if (kind === "followup" && ticket !== null)
    return whole(words, { type: "task.ticket", id: ticket[1] === undefined ? null : Number(ticket[1]) });
  // "@USER due DATE" or "due DATE @USER".
  let day = words.lastAfter("due", /^\S/);
  const owner = takePerson(words, ctx, "last");
  if (!owner.ok) return reportProblem(owner.text);
  day ??= words.lastAfter("due", /^\S/);
  const due = day === null ? null : parseDayText(day, ctx.zone, ctx.now);
  if (day !== null && due === null)
    return reportProblem(
      `"due ${oneLine(day, 60)}" is no date; write it like \`due 2026-11-30\`, \`due friday\` or \`due 3d\`.`,
    );
  if (words.empty)
    return reportProblem(`Add what is to be done: \`${kind} TEXT @USER${kind === "followup" ? " due friday" : ""}\`.`);
  return requestCommand({ type: "task.add", kind, text: words.all(), owner: owner.person, due });
}

/** When what is noted was. A text that begins with a time of day is kept as it is, as of that time. */
function takeNoteTime(words: WordReader, ctx: VerbContext): ReturnType<typeof takeTime> {
  const time = takeTime(words, ctx);
  const clock = CLOCK_BEFORE.exec(words.rest.slice(0, LONGEST_TIME_PHRASE))?.[1];
  return time.ok && time.at === null && clock !== undefined ? { ok: true, at: readWrittenTime(clock, ctx) } : time;
}

function hasTime(line: string): boolean {
  const text = line.trim();
  return (
    TIME_PHRASE.test(text.slice(-LONGEST_TIME_PHRASE)) ||
    [LEADING_TIME, CLOCK_BEFORE].some((pattern) => pattern.test(text.slice(0, LONGEST_TIME_PHRASE)))
  );
}

function several(all: WordReader, lines: readonly string[], ctx: VerbContext): VerbRequest {
  const notes: { command: IncidentCommand; at: WrittenTime | null }[] = [];
  for (const line of lines.slice(0, MOST_NOTES)) {
    const words = all.part(line.replace(/^\s*note\s+/i, ""));
    const time = takeNoteTime(words, ctx);
    if (!time.ok) return time.request;
    if (!words.empty) notes.push({ command: { type: "note.add", text: words.all() }, at: time.at });
  }
  all.all();
  return { kind: "commands", commands: notes };
}
const MOST_NOTES = 50;

/** What people call the milestones that can be corrected. */
const MILESTONE_WORDS =
  /^(?:began|begin|beginning|started|start|detected|opened|ack|acked|acknowledged|mitigated|mitigation|resolved|resolution)$/i;

export const updateAndTaskVerbs: readonly Verb[] = [
  {
    name: "update",
    aliases: ["up"],
    usage: "[customer:] TEXT",
    summary: "post where it stands, here and in the incidents channel; without a text: the form",
    group: "Tell",
    about: "incident",
    button: "Update",
    read(words) {
      if (words.empty) return { kind: "form", form: "update" };
      const audience = words.first(/^customers?:$/i) === null ? "internal" : "customer";
      return words.empty
        ? reportProblem("Add the text for customers: `update customer: TEXT`.")
        : requestCommand({ type: "update.post", text: words.all(), audience });
    },
  },
  {
    name: "snooze",
    aliases: ["remind"],
    usage: "DURATION",
    summary: "put off the reminders of the next update and of a missing commander",
    group: "Tell",
    about: "incident",
    read(words) {
      const ms = parseDuration(
        words.rest
          .replace(/\s*(?:min|minutes?)$/i, "m")
          .replace(/\s+/g, "")
          .toLowerCase(),
      );
      return ms === null
        ? reportProblem("Add for how long: `snooze 10m`.")
        : whole(words, { type: "nudge.snooze", ms });
    },
  },
  {
    name: "title",
    aliases: ["subject", "rename"],
    usage: "TEXT",
    summary: "call it something better",
    group: "Tell",
    about: "incident",
    read: (words) =>
      words.empty
        ? reportProblem("Add the new title: `title TEXT`.")
        : requestCommand({ type: "incident.set_title", title: words.all() }),
  },
  {
    name: "note",
    aliases: ["decision"],
    usage: "TEXT [at TIME]",
    summary: "write something into the timeline",
    group: "Remember",
    about: "incident",
    read(words, ctx) {
      if (words.empty) return { kind: "form", form: "note" };
      const lines = words.rest.split(/\n+/).filter((line) => line.trim() !== "");
      // "Easier to dump it now and tidy up later": lines with times are notes of their own.
      if (lines.length > 1 && lines.some(hasTime)) return several(words, lines, ctx);
      const time = takeNoteTime(words, ctx);
      if (!time.ok) return time.request;
      return words.empty
        ? reportProblem("Add what happened: `note TEXT at 14:05`.")
        : requestCommand({ type: "note.add", text: words.all() }, time.at);
    },
  },
  {
    name: "correct",
    aliases: [],
    usage: "began|acknowledged|mitigated|resolved at TIME",
    summary: "it was at another time than is written down; figures and postmortem follow",
    group: "Remember",
    about: "incident",
    read(words, ctx) {
      const word = words.first(MILESTONE_WORDS)?.toLowerCase() ?? "";
      const milestone = MILESTONES.find((each) => each.slice(0, 3) === word.slice(0, 3));
      const named = /^(?:beg|sta|det|ope)/.test(word) ? "began" : word === "" ? undefined : milestone;
      const time = takeOnlyTime(words, ctx);
      if (!time.ok) return time.request;
      if (named === undefined || time.at === null || !words.empty)
        return reportProblem(
          "Name what to correct, and when it was: `correct began at 14:05`, or acknowledged, mitigated, resolved.",
        );
      return { kind: "correct", milestone: named, at: time.at };
    },
  },
  {
    name: "task",
    aliases: ["todo", "tasks"],
    usage: "TEXT [@USER] · done N",
    summary: "something to do now; without a text: all of them",
    group: "Remember",
    about: "incident",
    read: (words, ctx) => task("task", words, ctx),
  },
  {
    name: "followup",
    aliases: ["action", "followups"],
    usage: "TEXT [@USER] [due DATE] · done N · ticket N",
    summary: "something to do after it, kept for the postmortem; `ticket` opens one for it where the team works",
    group: "Remember",
    about: "incident",
    read: (words, ctx) => task("followup", words, ctx),
  },
  {
    name: "ticket",
    aliases: [],
    usage: "",
    summary:
      "open a ticket for the incident where the team works, or try again what was refused: to open, close or re-open it",
    group: "Remember",
    about: "incident",
    read: (words) =>
      words.empty
        ? requestCommand({ type: "ticket.request" })
        : reportProblem(
            "`ticket` takes no words. For something to do: `followup TEXT`; its ticket: `followup ticket 1`.",
          ),
  },
];
