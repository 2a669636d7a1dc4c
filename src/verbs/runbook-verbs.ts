import type { RunRequest } from "#domain/automation/run-request.ts";
import { runNumber } from "#domain/automation/run.ts";
import { parseDuration } from "#domain/values/duration.ts";
import { oneLine } from "#domain/values/text.ts";
import { reportProblem, type Verb, type VerbRequest } from "./verb.ts";
import type { WordReader } from "./word-reader.ts";

const HOW =
  "Type it like `runbook list`, `runbook show NAME`, `runbook run NAME service=checkout`, `runbook approve RUN-3`, `runbook cancel RUN-3`.";
const requestRun = (wanted: RunRequest): VerbRequest => ({ kind: "run", ask: wanted });

function read(words: WordReader): VerbRequest {
  const what = words.first(/^[a-z]+$/i)?.toLowerCase() ?? (words.empty ? "list" : "");
  switch (what) {
    case "list":
      return requestRun({ do: "list" });
    case "show":
    case "run":
      return named(what, words);
    case "snooze":
      return snoozed(words);
    case "approve":
    case "deny":
    case "cancel":
    case "do":
    case "happened":
    case "again":
    case "stop":
      return decisionVerb(what, words);
    default:
      return reportProblem(HOW);
  }
}

function named(what: "show" | "run", words: WordReader): VerbRequest {
  const name = words.first(/^[a-z0-9][a-z0-9-]*$/i);
  if (name === null)
    return reportProblem(`Name it: \`runbook ${what} restart-on-connection-leak\`. \`runbook list\` has them all.`);
  if (what === "show") return requestRun({ do: "show", name });
  const labels: Record<string, string> = {};
  for (let pair = words.first(/^[a-z_]\w*=./i); pair !== null; pair = words.first(/^[a-z_]\w*=./i)) {
    const at = pair.indexOf("=");
    labels[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return words.empty
    ? requestRun({ do: "run", name, labels })
    : reportProblem(`"${oneLine(words.all(), 60)}" is no label. ${HOW}`);
}

function decisionVerb(
  what: "approve" | "deny" | "cancel" | "do" | "happened" | "again" | "stop",
  words: WordReader,
): VerbRequest {
  const id = words.first(/^run-\d{1,9}$/i);
  const run = id === null ? null : runNumber(id);
  if (run === null) return reportProblem(`Name the run: \`runbook ${what} RUN-3\`.`);
  if (what === "do") return requestRun({ do: "perform", run });
  if (what === "cancel") return requestRun({ do: "cancel", run });
  if (what === "approve" || what === "deny")
    return requestRun({ do: what, run, hash: words.first(/^[0-9a-f]{8,64}$/) });
  return requestRun({ do: "settle", run, answer: what, of: words.first(/^-?\d{1,3}\.\d{1,3}$/) });
}

/** "10m RUN-3", "RUN-3 10m". */
function snoozed(words: WordReader): VerbRequest {
  const before = words.first(/^run-\d{1,9}$/i);
  const ms = parseDuration((words.first(/^\d{1,4}[a-z]+$/i) ?? "").toLowerCase());
  const id = before ?? words.first(/^run-\d{1,9}$/i);
  const run = id === null ? null : runNumber(id);
  return ms === null || run === null || !words.empty
    ? reportProblem("Give a duration and the run: `runbook snooze 10m RUN-3`.")
    : requestRun({ do: "snooze", run, ms });
}

/** "off", "on checkout", "off runbook NAME". */
function automation(words: WordReader): VerbRequest {
  const what = words.first(/^(?:on|off)$/i)?.toLowerCase();
  if (what === undefined)
    return reportProblem(
      "Type `automation off`, `automation off SERVICE`, `automation off runbook NAME`, and `on` to let it go on.",
    );
  const on = what === "on";
  const runbook = words.first(/^runbook$/i) !== null;
  const name = words.all();
  if (runbook && name === "")
    return reportProblem("Name the runbook: `automation off runbook restart-on-connection-leak`.");
  return requestRun({ do: "switch", scope: runbook ? "runbook" : name === "" ? "all" : "service", name, on });
}

export const runbookVerbs: readonly Verb[] = [
  {
    name: "runbook",
    aliases: ["rb"],
    usage: "list · show NAME · run NAME LABEL=VALUE… · approve RUN-n · deny RUN-n · cancel RUN-n",
    summary: "what can be run, and what is at work",
    group: "Respond",
    about: "nothing",
    read,
  },
  {
    name: "automation",
    aliases: [],
    usage: "off|on [SERVICE] · off|on runbook NAME",
    summary: "keep runbooks from doing anything, at once; or let them go on",
    group: "Arrange",
    about: "nothing",
    read: automation,
  },
];
