import type { RunAsk } from "#domain/run-ask.ts";
import { runNumber } from "#domain/run.ts";
import { oneLine } from "#domain/text.ts";
import { problem, type Verb, type Wish } from "./verb.ts";
import type { Words } from "./words.ts";

const HOW = "Say it like `runbook list`, `runbook show NAME`, `runbook run NAME service=checkout`, `runbook approve RUN-3`, `runbook cancel RUN-3`.";
const ask = (wanted: RunAsk): Wish => ({ kind: "run", ask: wanted });

function read(words: Words): Wish {
  const what = words.first(/^[a-z]+$/i)?.toLowerCase() ?? (words.empty ? "list" : "");
  switch (what) {
    case "list":
      return ask({ do: "list" });
    case "show":
    case "run":
      return named(what, words);
    case "approve":
    case "deny":
    case "cancel":
    case "happened":
    case "again":
    case "stop":
      return answered(what, words);
    default:
      return problem(HOW);
  }
}

function named(what: "show" | "run", words: Words): Wish {
  const name = words.first(/^[a-z0-9][a-z0-9-]*$/i);
  if (name === null) return problem(`Say which: \`runbook ${what} restart-on-connection-leak\`. \`runbook list\` has them all.`);
  if (what === "show") return ask({ do: "show", name });
  const labels: Record<string, string> = {};
  for (let pair = words.first(/^[a-z_]\w*=./i); pair !== null; pair = words.first(/^[a-z_]\w*=./i)) {
    const at = pair.indexOf("=");
    labels[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return words.empty ? ask({ do: "run", name, labels }) : problem(`"${oneLine(words.all(), 60)}" is no label. ${HOW}`);
}

function answered(what: "approve" | "deny" | "cancel" | "happened" | "again" | "stop", words: Words): Wish {
  const id = words.first(/^run-\d{1,9}$/i);
  const run = id === null ? null : runNumber(id);
  if (run === null) return problem(`Say of which run: \`runbook ${what} RUN-3\`.`);
  if (what === "cancel") return ask({ do: "cancel", run });
  if (what === "approve" || what === "deny") return ask({ do: what, run, hash: words.first(/^[0-9a-f]{8,64}$/) });
  return ask({ do: "settle", run, answer: what, of: words.first(/^-?\d{1,3}\.\d{1,3}$/) });
}

/** "off", "on checkout", "off runbook NAME". */
function automation(words: Words): Wish {
  const what = words.first(/^(?:on|off)$/i)?.toLowerCase();
  if (what === undefined) return problem("Say `automation off`, `automation off SERVICE`, `automation off runbook NAME`, and `on` to let it go on.");
  const on = what === "on";
  const runbook = words.first(/^runbook$/i) !== null;
  const name = words.all();
  if (runbook && name === "") return problem("Say which runbook: `automation off runbook restart-on-connection-leak`.");
  return ask({ do: "switch", scope: runbook ? "runbook" : name === "" ? "all" : "service", name, on });
}

export const runbooks: readonly Verb[] = [
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
