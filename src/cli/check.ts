import { loadPolicy, showProblem } from "#config";
import { fail, print, type Command } from "./command.ts";

export const check: Command = {
  name: "check",
  usage: "check [FILE…]",
  summary: "Check policy files: every problem with file, line and fix. Without a name: the file that start would read.",
  options: {},
  run({ positionals }) {
    const files = positionals.length > 0 ? positionals : [process.env["MUSTER_CONFIG"] || "muster.yaml"];
    const problems = files.flatMap((file) => loadPolicy(file, positionals.length > 0).problems);
    if (problems.length > 0) return Promise.resolve(fail(problems.map(showProblem).join("\n"), 1));
    for (const file of files) print(`${file}: ok`);
    return Promise.resolve(0);
  },
};
