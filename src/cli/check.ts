import { loadPolicy, showProblem } from "#config";
import { weaknesses } from "#domain/coverage.ts";
import { fail, print, type Command } from "./command.ts";

export const check: Command = {
  name: "check",
  usage: "check [FILE…]",
  summary:
    "Check policy files: every problem with file, line and fix. Without a name: the file that start would read. Warns of what is allowed and will not do at night: holes in a schedule, people who cannot be reached, empty ladders.",
  options: {},
  run({ positionals }) {
    const files = positionals.length > 0 ? positionals : [process.env["MUSTER_CONFIG"] || "muster.yaml"];
    const problems = files.flatMap((file) => loadPolicy(file, positionals.length > 0).problems);
    if (problems.length > 0) return Promise.resolve(fail(problems.map(showProblem).join("\n"), 1));
    for (const file of files) {
      const { policy } = loadPolicy(file, positionals.length > 0);
      const weak = policy === null ? [] : weaknesses(policy, Date.now());
      print(`${file}: ok${weak.length === 0 ? "" : `, with ${weak.length === 1 ? "a warning" : `${weak.length} warnings`}`}`);
      for (const each of weak) print(`  warning: ${each}`);
    }
    return Promise.resolve(0);
  },
};
