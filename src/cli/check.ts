import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { loadPolicy, showProblem } from "#config";
import { weaknesses } from "#domain/coverage.ts";
import type { Policy } from "#domain/policy.ts";
import { checkRunbook, showProblemOf, type Runbook } from "#runbooks/index.ts";
import { loadRunbooks } from "../runbook-folder.ts";
import { fail, print, type Command } from "./command.ts";

export const check: Command = {
  name: "check",
  usage: "check [FILE…]",
  summary:
    "Check policy files (*.yaml) and runbooks (*.md): every problem with file, line and fix. Without a name: what start would read. Warns of what is allowed and will not do at night: holes in a schedule, people who cannot be reached, empty ladders.",
  details: `
  muster check                       the policy (MUSTER_CONFIG) and the folder of runbooks (MUSTER_RUNBOOKS)
  muster check muster.yaml           one policy
  muster check runbooks/*.md         some runbooks: grammar, conditions, PromQL, SQL, approvals, verification
`,
  options: {},
  async run({ positionals }) {
    const given = positionals.length > 0;
    const files = given ? positionals : [process.env["MUSTER_CONFIG"] || "muster.yaml"];
    const good: string[] = [];
    const problems: string[] = [];
    for (const file of files) {
      if (existsSync(file) && statSync(file).isDirectory()) {
        problems.push(`${file}: is a folder; name a file`);
        continue;
      }
      const found = isRunbook(file)
        ? await problemsOfRunbook(file)
        : loadPolicy(file, given || Boolean(process.env["MUSTER_CONFIG"])).problems.map(showProblem);
      problems.push(...found);
      if (found.length > 0) continue;
      const policy = isRunbook(file) ? null : loadPolicy(file, given).policy;
      const weak = policy === null ? [] : weaknesses(policy, Date.now());
      good.push(
        `${file}: ${existsSync(file) ? "ok" : "there is none, so the defaults are in force"}${weak.length === 0 ? "" : `, with ${weak.length === 1 ? "a warning" : `${weak.length} warnings`}`}`,
        ...weak.map((each) => `  warning: ${each}`),
      );
    }
    if (!given) {
      const folder = await checkFolder(loadPolicy(files[0]!, false).policy);
      problems.push(...folder.problems);
      good.push(...folder.good);
    }
    if (problems.length > 0) return fail(problems.join("\n"), 1);
    for (const line of good) print(line);
    return 0;
  },
};

function isRunbook(file: string): boolean {
  return /\.(?:md|markdown)$/i.test(file);
}

async function problemsOfRunbook(file: string): Promise<readonly string[]> {
  if (!existsSync(file)) return [`${file}: no such file`];
  return (await checkRunbook(await readFile(file, "utf8"), file)).problems.map(showProblemOf);
}

async function checkFolder(policy: Policy | null): Promise<{ readonly problems: readonly string[]; readonly good: readonly string[] }> {
  const folder = process.env["MUSTER_RUNBOOKS"] || "runbooks";
  if (!existsSync(folder)) return { problems: process.env["MUSTER_RUNBOOKS"] ? [`${folder}: no such folder; MUSTER_RUNBOOKS names it`] : [], good: [] };
  const { runbooks, problems } = await loadRunbooks(folder);
  const count = runbooks.length === 1 ? "1 runbook" : `${runbooks.length} runbooks`;
  return { problems: problems.map(showProblemOf), good: [`${folder}: ok, ${count}`, ...(policy === null ? [] : lacking(runbooks, policy))] };
}

/** Runbooks that are good and cannot run yet: the policy says nothing of what they may touch. */
function lacking(runbooks: readonly Runbook[], { inventory }: Policy): readonly string[] {
  const waiting = new Map<string, string[]>();
  for (const { id, params } of runbooks)
    for (const kind of new Set(Object.values(params).flatMap((param) => (param.inventory === null ? [] : [param.inventory]))))
      if (!Object.hasOwn(inventory, kind)) waiting.set(kind, [...(waiting.get(kind) ?? []), id]);
  return [...waiting].map(([kind, ids]) => `note: the policy has no inventory.${kind}; until it has, these cannot run: ${ids.join(", ")}`);
}
