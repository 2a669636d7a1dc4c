import type { Button, KnownBlock } from "@slack/types";
import { latest, lineName } from "#domain/run-next.ts";
import { helped } from "#domain/run-proof.ts";
import { number } from "#domain/run-text.ts";
import { oneLine } from "#domain/text.ts";
import { recordOf, trustOf, type Record } from "#domain/run-trust.ts";
import { isOver, runId, undoOf, type Journalled, type Run, type RunState } from "#domain/run.ts";
import { button, OPEN_RUN } from "./actions.ts";
import { context, cutMarkup, escape, fallback, localTime, plain, section, type SlackMessage } from "./slack.ts";

const FACES: Readonly<Record_<RunState>> = {
  planned: "📓",
  "waiting-approval": "🙋",
  running: "🛠️",
  verifying: "📏",
  succeeded: "✅",
  failed: "⚠️",
  unknown: "❓",
  canceled: "🛑",
  suggested: "📓",
};
type Record_<K extends string> = { readonly [T in K]: string };

/** A runbook at work: what it would do or did, what it found, and what people are asked. Changed in place. `page`: where it is approved, when a click is not enough. */
export function runCard(run: Run, journal: readonly Journalled[], record: Record, page: string | null = null): SlackMessage {
  const id = runId(run.number);
  const state = run.state.replace("-", " for ");
  const blocks: KnownBlock[] = [
    section(`${FACES[run.state]} *${id}* ${escape(run.plan.title)}: *${state}*${run.reason === "" ? "" : `\n${escape(oneLine(run.reason, 500))}`}`),
    section(cut(lines(run, journal).join("\n"))),
    context(
      `${escape(run.runbook)} on ${escape(run.target)} · ${trustOf(run.mode, record)} · ${recordOf(record)}${run.by === null ? "" : ` · asked for by ${escape(run.by.name)}`}`,
    ),
  ];
  if (run.state === "waiting-approval" && run.asked !== null) blocks.push(...asking(run));
  if (run.state === "verifying" && run.proof !== null)
    blocks.push(context(`verifying: ${run.proof.says}${run.proof.values.length === 0 ? "" : ` (${run.proof.values.map(number).join(", ")})`}`));
  const buttons = actions(run, journal, page);
  if (buttons.length > 0) blocks.push({ type: "actions", block_id: `run:${run.number}`, elements: buttons });
  return { text: fallback(`${id} ${escape(run.runbook)}: ${state}`), blocks };
}

function lines(run: Run, journal: readonly Journalled[]): string[] {
  return run.plan.steps.flatMap((step, i) => {
    const line = latest(journal, i);
    const back = latest(journal, undoOf(i));
    const what = `*${escape(step.id)}* \`${escape(step.uses)}\``;
    const undone =
      back === null
        ? []
        : [
            `↩️ ${what} ${back.state === "finished" ? "put back" : `put back: ${back.state}${back.outcome?.says === undefined ? "" : `, ${said(back.outcome.says)}`}`}`,
          ];
    if (line === null) return [isOver(run.state) ? `· ${what}` : `▫️ ${what}`, ...undone];
    switch (line.state) {
      case "finished":
        return [`☑️ ${what} ${result(run, line)}`, ...undone];
      case "skipped":
        return [`· ${what} _left out: ${said(line.outcome?.says ?? "")}_`, ...undone];
      case "failed":
        return [`✖️ ${what} ${said(line.outcome?.says ?? "failed")}`, ...undone];
      case "unknown":
        return [`❓ ${what} nobody knows whether it happened`, ...undone];
      case "started":
      case "planned":
        return [`⏳ ${what} at work`, ...undone];
    }
  });
}

function result(run: Run, { outcome, before, after }: Journalled): string {
  const output = outcome?.output ?? {};
  if (before !== null && after !== null && run.plan.verify !== null) {
    const moved = before.map((was, i) => `${number(was)} → ${number(after[i] ?? null)}`).join(", ");
    return `*${helped(run.plan.verify.promql, before, after)}* (${moved})`;
  }
  if (output["noData"] === true) return "no data";
  if (typeof output["value"] === "number") return number(output["value"]);
  if (Array.isArray(output["rows"])) return `${output["rows"].length} rows`;
  if (Array.isArray(output["lines"])) return `${output["lines"].length} lines`;
  return "done";
}

function asking({ asked, plan }: Run): KnownBlock[] {
  const step = plan.steps[asked!.step];
  if (asked === null || step === undefined) return [];
  const params = Object.entries(plan.params).map(([name, { value }]) => `${name} = ${value}`);
  const who = asked.from.length === 0 ? "whoever responds" : asked.from.join(", ");
  const together =
    asked.over === undefined || asked.over.length < 2
      ? ""
      : `\n*One answer for ${asked.over.length} runs, done one after another:* ${asked.over.map(({ run, target }) => `${runId(run)} ${escape(target)}`).join(" · ")}`;
  const needed =
    asked.count > 1 ? ` ${asked.count} people must agree${asked.by.length === 0 ? "" : `; ${asked.by.map(({ name }) => name).join(", ")} did`}.` : "";
  return [
    section(
      cut(
        `*Asks to do ${escape(step.id)}* (\`${escape(step.uses)}\`), because ${escape(asked.why)}.${escape(needed)}${cutMarkup(together, 1_200)}\n\`\`\`${code(JSON.stringify(asked.does ?? step.with, null, 1))}\`\`\`\n${escape(params.join(" · "))}`,
      ),
    ),
    context(`${escape(who)} may approve until ${localTime(asked.until)} · for this plan only (${asked.hash.slice(0, 12)})`),
  ];
}

function actions(run: Run, journal: readonly Journalled[], page: string | null): Button[] {
  if (run.incident === null) return [];
  const about = `${run.incident} ${runId(run.number)}`;
  const unknown = run.state === "unknown" ? journal.find((line) => line.state === "unknown" && latest(journal, line.idx) === line) : undefined;
  if (unknown !== undefined) {
    const seen = `${about} ${lineName(unknown)}`;
    return [button("happened", seen), button("runIt", seen), button("stopRun", seen, "danger")];
  }
  if (run.state === "waiting-approval" && run.asked !== null) {
    const seen = `${about} ${run.asked.hash.slice(0, 12)}`;
    if (page !== null)
      return [{ type: "button", text: plain("Sign in and approve", 75), action_id: OPEN_RUN, url: page, style: "primary" }, button("denyRun", seen, "danger")];
    return [button("approveRun", seen, "primary"), button("denyRun", seen, "danger")];
  }
  return isOver(run.state) ? [] : [button("cancelRun", about, "danger")];
}

/** What the world said, in one line: a second one would look like another step. */
function said(text: string): string {
  return escape(oneLine(text, 300));
}

/** What is shown as it is, and cannot end where it is shown. */
function code(text: string): string {
  return cutMarkup(escape(text.replaceAll("`", "ˋ")), 1_200);
}

function cut(text: string): string {
  return cutMarkup(text, 2_900) || "–";
}
