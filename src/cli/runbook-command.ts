import { policyFunctions, loadPolicy, formatPolicyProblem } from "#config/app-config.ts";
import { matchRunbooks, planRunbook, formatProblem, type Runbook, type RunbookPlan } from "#runbooks/index.ts";
import { systemClock } from "#app/clock.ts";
import { createPrometheus } from "#integrations/prometheus/prometheus-metrics.ts";
import { PortError } from "#ports/port-error.ts";
import { loadRunbooks } from "#app/runbook-folder.ts";
import type { CommandTerminal, EnvironmentVariables } from "#app/terminal.ts";
import { parseLabels, UsageError, type CommandArgs } from "./cli-command.ts";
import { callerName, MusterClient } from "./client.ts";
import { showPlan, showRunbook } from "./runbook-text.ts";

export async function runbookCommand(
  { values, positionals: [verb, ...rest] }: CommandArgs,
  terminal: CommandTerminal,
): Promise<number> {
  const folder = terminal.env["MUSTER_RUNBOOKS"] || "runbooks";
  if (verb === "run") return sendVerb(rest, values, terminal);
  if (verb !== "list" && verb !== "show" && verb !== "plan")
    throw new UsageError(verb === undefined ? "say list, show, plan or run" : `there is no "runbook ${verb}"`);
  const { runbooks, problems } = await loadRunbooks(folder, undefined, policyFunctions(terminal.env));
  const json = values["json"] === true;
  if (verb === "list") {
    const some = rest.length === 0 ? runbooks : matchRunbooks(runbooks, parseLabels(rest));
    if (json) terminal.printJson(some);
    else if (some.length === 0)
      terminal.printLine(
        rest.length === 0 ? `no runbooks in ${folder}` : "no runbook is for an alert with these labels",
      );
    else terminal.printTable(["id", "mode", "steps", "for", "title"], some.map(row));
    if (problems.length > 0)
      terminal.reportFailure(
        `${problems.length} problems, which "muster check" lists; a runbook with a problem never runs`,
        0,
      );
    return 0;
  }
  const [name, ...pairs] = rest;
  if (name === undefined)
    throw new UsageError(
      `which one? for example: muster runbook ${verb} ${runbooks[0]?.id ?? "restart-on-connection-leak"}`,
    );
  const found = runbooks.find(({ id }) => id === name);
  const own = problems.filter(({ file }) => file === (found?.file ?? `${folder}/${name}.md`));
  if (found === undefined)
    return terminal.reportFailure(
      own.length > 0
        ? own.map(formatProblem).join("\n")
        : `there is no runbook "${name}" in ${folder}; there are: ${runbooks.map(({ id }) => id).join(", ") || "none"}`,
      1,
    );
  if (verb === "show") {
    if (json) terminal.printJson(found);
    else terminal.printLine(showRunbook(found));
    return own.length > 0
      ? terminal.reportFailure(`\nIt has problems, so nothing in it runs:\n${own.map(formatProblem).join("\n")}`, 0)
      : 0;
  }
  if (own.length > 0) return terminal.reportFailure(own.map(formatProblem).join("\n"), 1);
  return plan(found, parseLabels(pairs), json, terminal);
}

/** Sends it to the running server: only that one has the journal. */
async function sendVerb(
  words: readonly string[],
  values: CommandArgs["values"],
  terminal: CommandTerminal,
): Promise<number> {
  if (words.length === 0)
    throw new UsageError("which one? for example: muster runbook run restart-on-connection-leak service=order-service");
  const { ok, text } = await new MusterClient(values["url"], terminal.env).postVerb(
    `runbook run ${words.join(" ")}`,
    callerName(values["as"]),
  );
  if (!ok) return terminal.reportFailure(text, 1);
  terminal.printLine(text);
  return 0;
}

async function plan(
  found: Runbook,
  labels: Readonly<Record<string, string>>,
  json: boolean,
  terminal: CommandTerminal,
): Promise<number> {
  const file = terminal.env["MUSTER_CONFIG"] || "muster.yaml";
  const { policy, problems } = loadPolicy(file, Boolean(terminal.env["MUSTER_CONFIG"]));
  if (policy === null) return terminal.reportFailure(problems.map(formatPolicyProblem).join("\n"), 1);
  const made = planRunbook(found, labels, policy.inventory);
  const offered = matchRunbooks([found], labels).length > 0;
  if (json) terminal.printJson({ offered, ...made });
  else if (made.ok) {
    terminal.printLine(showPlan(made, found));
    for (const line of await severalSeries(made, terminal.env)) terminal.printLine(`\n${line}`);
    if (!offered) terminal.printLine(`\nNot offered for these labels: it is for ${found.match.join(", ")}.`);
  }
  if (made.ok) return 0;
  return json ? 1 : terminal.reportFailure(`nothing would run: ${made.message}`, 1);
}

/** Which measures of a verify are several series now, so that it would be refused; none where no Prometheus is set up or answers. */
async function severalSeries({ verify }: RunbookPlan, env: EnvironmentVariables): Promise<readonly string[]> {
  const url = env["PROMETHEUS_URL"];
  if (url === undefined || url === "" || verify === null) return [];
  const prometheus = createPrometheus({ url: url.replace(/\/+$/, "") });
  const lines = await Promise.all(
    verify.promql.map(async ({ measure }) => {
      try {
        const reading = await prometheus.query(measure, systemClock());
        const series = reading.kind === "rows" ? reading.rows.length : 1;
        return series > 1
          ? `verify is refused: ${measure} has ${series} series now; reduce them with sum, max or min`
          : null;
      } catch (error) {
        if (error instanceof PortError) return `${error.message}: how many series verify has is not known`;
        throw error;
      }
    }),
  );
  return lines.filter((line) => line !== null);
}

function row({ id, mode, steps, match, title, documentation }: Runbook): readonly string[] {
  return [id, documentation ? "read" : mode, documentation ? "–" : String(steps.length), match.join(" ") || "–", title];
}
