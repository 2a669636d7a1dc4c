import { existsSync, statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { policyFunctions, loadPolicy, formatPolicyProblem, readConfig, type AppConfig } from "#config/app-config.ts";
import { choosePlatform } from "#app/integrations/setup-notes.ts";
import type { ChatPlatform } from "#ports/chat-platform.ts";
import { staffingWarnings } from "#domain/alerting/forecast/staffing.ts";
import { coverageWarnings } from "#domain/oncall/coverage.ts";
import { oncallChanges, replaceRotations } from "#domain/oncall/oncall-changes.ts";
import { rosterOfSnapshot, type OnCallSnapshot } from "#domain/oncall/oncall-snapshot.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { changesSystems, readTests, testFilePath } from "#runbooks/simulator/test-cases.ts";
import { checkRunbook, formatProblem, type Runbook } from "#runbooks/index.ts";
import { loadRunbooks } from "#app/runbook-folder.ts";
import type { CommandTerminal, EnvironmentVariables } from "#app/terminal.ts";
import { MusterClient } from "./client.ts";
import { choosesPeople, type CommandArgs } from "./cli-command.ts";
import { systemClock } from "#app/clock.ts";

export async function checkCommand({ values, positionals }: CommandArgs, terminal: CommandTerminal): Promise<number> {
  // Loaded when needed: a check of a file must not wait for a database.
  if (values["test"] === true)
    return (await import("./check-tests.ts")).testRunbooks(
      terminal.env["MUSTER_RUNBOOKS"] || "runbooks",
      positionals,
      terminal,
    );
  const given = positionals.length > 0;
  const files = given ? positionals : [terminal.env["MUSTER_CONFIG"] || "muster.yaml"];
  const good: string[] = [];
  const problems: string[] = [];
  for (const file of files) {
    if (existsSync(file) && statSync(file).isDirectory()) {
      problems.push(`${file}: is a folder; name a file`);
      continue;
    }
    const tests = /\.test\.yaml$/i.test(file);
    const found = tests
      ? await problemsOfTests(file, terminal.env)
      : isRunbook(file)
        ? await problemsOfRunbook(file, terminal.env)
        : loadPolicy(file, given || Boolean(terminal.env["MUSTER_CONFIG"])).problems.map(formatPolicyProblem);
    problems.push(...found);
    if (found.length > 0) continue;
    const policy = tests || isRunbook(file) ? null : loadPolicy(file, given).policy;
    const weak = policy === null ? [] : await policyWarnings(policy, terminal.env);
    good.push(
      `${file}: ${existsSync(file) ? "ok" : "there is none, so the defaults are in force"}${weak.length === 0 ? "" : `, with ${weak.length === 1 ? "a warning" : `${weak.length} warnings`}`}`,
      ...weak.map((each) => `  warning: ${each}`),
      ...(policy === null || values["against"] === undefined
        ? []
        : await changesAgainst(policy, new MusterClient(values["against"], terminal.env))),
    );
  }
  if (!given) {
    const folder = await checkFolder(loadPolicy(files[0]!, false).policy, terminal.env);
    problems.push(...folder.problems);
    good.push(...folder.good);
  }
  if (problems.length > 0) return terminal.reportFailure(problems.join("\n"), 1);
  for (const line of good) terminal.printLine(line);
  return 0;
}

/** The chat that the settings choose. What is wrong with them is not asked here: then it is the first there is. */
async function chosenPlatform(env: EnvironmentVariables): Promise<ChatPlatform> {
  // Loaded when needed: a check of a runbook must not wait for every vendor's library.
  const { INTEGRATIONS } = await import("#app/integrations/integration-list.ts");
  let config: AppConfig | null = null;
  try {
    config = readConfig(env);
  } catch {}
  return choosePlatform(INTEGRATIONS, ({ setup }) => config !== null && setup?.isSetUp(config) === true);
}

/** What is allowed and will not do when it matters. */
async function policyWarnings(policy: Policy, env: EnvironmentVariables): Promise<readonly string[]> {
  const now = systemClock();
  const pagerChooses = (team: string | null): boolean => choosesPeople(policy, team, env);
  return [
    ...coverageWarnings(policy, now, await chosenPlatform(env)),
    // Without any team there is no one else to speak of.
    ...(Object.keys(policy.teams).length === 0 ? [] : staffingWarnings({ policy, pagerChooses }, now)),
  ];
}

/** What a policy would change about who is on call in a running Muster, were it read there now. */
async function changesAgainst(policy: Policy, client: MusterClient): Promise<readonly string[]> {
  const snapshot = await client.getJson<OnCallSnapshot>("/api/oncall/rotations");
  const before = rosterOfSnapshot(snapshot);
  const after = { ...before, policy, versions: replaceRotations(policy, snapshot.versions, snapshot.at) };
  const changes = oncallChanges(before, after, snapshot.at);
  return changes.length === 0 ? ["  who is on call does not change"] : changes.map((each) => `  ${each}`);
}

function isRunbook(file: string): boolean {
  return /\.(?:md|markdown)$/i.test(file);
}

async function problemsOfRunbook(file: string, env: EnvironmentVariables): Promise<readonly string[]> {
  if (!existsSync(file)) return [`${file}: no such file`];
  return (await checkRunbook(await readFile(file, "utf8"), file, policyFunctions(env))).problems.map(formatProblem);
}

/** The tests of a runbook are checked against it. */
async function problemsOfTests(file: string, env: EnvironmentVariables): Promise<readonly string[]> {
  const page = file.replace(/\.test\.yaml$/i, ".md");
  if (!existsSync(file)) return [`${file}: no such file`];
  if (!existsSync(page)) return [`${file}:1:1: there is no ${page}, which it would test; rename it`];
  const { runbook } = await checkRunbook(await readFile(page, "utf8"), page, policyFunctions(env));
  if (runbook === null || runbook.documentation)
    return [`${file}:1:1: ${page} is no runbook that can run; mend it first`];
  return readTests(await readFile(file, "utf8"), file, runbook).problems.map(formatProblem);
}

async function checkFolder(
  policy: Policy | null,
  env: EnvironmentVariables,
): Promise<{ readonly problems: readonly string[]; readonly good: readonly string[] }> {
  const folder = env["MUSTER_RUNBOOKS"] || "runbooks";
  if (!existsSync(folder))
    return {
      problems: env["MUSTER_RUNBOOKS"] ? [`${folder}: no such folder; MUSTER_RUNBOOKS names it`] : [],
      good: [],
    };
  const { runbooks, problems } = await loadRunbooks(folder, undefined, policy?.automation.functions);
  const tests = (await readdir(folder)).filter((name) => /\.test\.yaml$/i.test(name)).toSorted();
  const wrong = await Promise.all(tests.map((name) => problemsOfTests(`${folder}/${name}`, env)));
  const untested = runbooks.filter(
    (runbook) => runbook.steps.some(changesSystems) && !existsSync(testFilePath(runbook)),
  );
  const warnings = untested.map(
    (runbook) =>
      `  warning: ${runbook.file} changes something and has no tests; write ${testFilePath(runbook)}, as docs/runbooks.md says in "Testing a runbook"`,
  );
  const count = runbooks.length === 1 ? "1 runbook" : `${runbooks.length} runbooks`;
  return {
    problems: [...problems.map(formatProblem), ...wrong.flat()],
    good: [`${folder}: ok, ${count}`, ...warnings, ...(policy === null ? [] : missing(runbooks, policy))],
  };
}

/** Valid runbooks that cannot run yet: the policy allows none of their targets. */
function missing(runbooks: readonly Runbook[], { inventory }: Policy): readonly string[] {
  const waiting = new Map<string, string[]>();
  for (const { id, params } of runbooks)
    for (const kind of new Set(
      Object.values(params).flatMap((param) => (param.inventory === null ? [] : [param.inventory])),
    ))
      if (!Object.hasOwn(inventory, kind)) waiting.set(kind, [...(waiting.get(kind) ?? []), id]);
  return [...waiting].map(
    ([kind, ids]) => `note: the policy has no inventory.${kind}; until it has, these cannot run: ${ids.join(", ")}`,
  );
}
