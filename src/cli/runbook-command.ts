import { loadPolicy, formatPolicyProblem } from "#config/app-config.ts";
import { matchRunbooks, planRunbook, formatProblem, type Runbook } from "#runbooks/index.ts";
import { loadRunbooks } from "#app/runbook-folder.ts";
import { printLine, printJson, printTable } from "#app/terminal.ts";
import { reportFailure, parseLabels, UsageError, type CliCommand } from "./cli-command.ts";
import { callerName, postVerb } from "./client.ts";
import { showPlan, showRunbook } from "./runbook-text.ts";

export const runbookCommand: CliCommand = {
  name: "runbook",
  usage: "runbook list|show NAME|plan NAME label=value…|run NAME label=value… [--json] [--as NAME] [--url URL]",
  summary: "The runbooks of MUSTER_RUNBOOKS: what there is, what one says, and what exactly it would run for an alert.",
  details: `
  muster runbook list                                    all of them, with mode and what they answer
  muster runbook list alertname=HighErrorRate            those for an alert with these labels
  muster runbook show restart-on-connection-leak         the page, with its steps
  muster runbook plan restart-on-connection-leak alertname=HighLatency service=order-service
                                                         what would run, with everything filled in; nothing runs

  muster runbook run restart-on-connection-leak service=order-service
                                                         asks a running Muster to run it; somebody else must approve

plan ends with 1 and says why when there is no plan: a label that is missing, refused by its pattern, or no row of the inventory.
`,
  options: { json: { type: "boolean", default: false }, as: { type: "string" }, url: { type: "string" } },
  async run({ values, positionals: [verb, ...rest] }) {
    const folder = process.env["MUSTER_RUNBOOKS"] || "runbooks";
    if (verb === "run") return sendVerb(rest, values);
    if (verb !== "list" && verb !== "show" && verb !== "plan")
      throw new UsageError(verb === undefined ? "say list, show, plan or run" : `there is no "runbook ${verb}"`);
    const { runbooks, problems } = await loadRunbooks(folder);
    const json = values["json"] === true;
    if (verb === "list") {
      const some = rest.length === 0 ? runbooks : matchRunbooks(runbooks, parseLabels(rest));
      if (json) printJson(some);
      else if (some.length === 0)
        printLine(rest.length === 0 ? `no runbooks in ${folder}` : "no runbook is for an alert with these labels");
      else printTable(["id", "mode", "steps", "for", "title"], some.map(row));
      if (problems.length > 0)
        reportFailure(
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
      return reportFailure(
        own.length > 0
          ? own.map(formatProblem).join("\n")
          : `there is no runbook "${name}" in ${folder}; there are: ${runbooks.map(({ id }) => id).join(", ") || "none"}`,
        1,
      );
    if (verb === "show") {
      if (json) printJson(found);
      else printLine(showRunbook(found));
      return own.length > 0
        ? reportFailure(`\nIt has problems, so nothing in it runs:\n${own.map(formatProblem).join("\n")}`, 0)
        : 0;
    }
    if (own.length > 0) return reportFailure(own.map(formatProblem).join("\n"), 1);
    return plan(found, parseLabels(pairs), json);
  },
};

/** Sends it to the running server: only that one has the journal. */
async function sendVerb(words: readonly string[], values: Readonly<Record<string, unknown>>): Promise<number> {
  if (words.length === 0)
    throw new UsageError("which one? for example: muster runbook run restart-on-connection-leak service=order-service");
  const url = typeof values["url"] === "string" ? values["url"] : undefined;
  const { ok, text } = await postVerb(`runbook run ${words.join(" ")}`, callerName(values["as"]), url);
  if (!ok) return reportFailure(text, 1);
  printLine(text);
  return 0;
}

function plan(found: Runbook, labels: Readonly<Record<string, string>>, json: boolean): number {
  const file = process.env["MUSTER_CONFIG"] || "muster.yaml";
  const { policy, problems } = loadPolicy(file, Boolean(process.env["MUSTER_CONFIG"]));
  if (policy === null) return reportFailure(problems.map(formatPolicyProblem).join("\n"), 1);
  const made = planRunbook(found, labels, policy.inventory);
  const offered = matchRunbooks([found], labels).length > 0;
  if (json) printJson({ offered, ...made });
  else if (made.ok) {
    printLine(showPlan(made, found));
    if (!offered) printLine(`\nNot offered for these labels: it is for ${found.match.join(", ")}.`);
  }
  if (made.ok) return 0;
  return json ? 1 : reportFailure(`nothing would run: ${made.message}`, 1);
}

function row({ id, mode, steps, match, title, documentation }: Runbook): readonly string[] {
  return [id, documentation ? "read" : mode, documentation ? "–" : String(steps.length), match.join(" ") || "–", title];
}
