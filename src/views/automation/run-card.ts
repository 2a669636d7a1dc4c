import type { Button, KnownBlock } from "@slack/types";
import { latestAttempt, lineName } from "#domain/automation/run-next.ts";
import { measureEffect } from "#domain/automation/run-verification.ts";
import { formatMeasuredValue } from "#domain/automation/run-text.ts";
import { oneLine } from "#domain/values/text.ts";
import { describeRecord, describeTrust, type RunRecord } from "#domain/automation/run-trust.ts";
import { isRunOver, runId, undoLineIndex, type JournalLine, type Run, type RunState } from "#domain/automation/run.ts";
import { actionButton, OPEN_RUN_ACTION } from "#views/values/action-buttons.ts";
import { contextBlock, cutMarkup, escapeMrkdwn, fallbackText, localTime, plainTextObject, sectionBlock, type SlackMessage } from "#views/values/block-kit.ts";

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
export function runCard(run: Run, journal: readonly JournalLine[], record: RunRecord, page: string | null = null): SlackMessage {
  const id = runId(run.number);
  const state = run.state.replace("-", " for ");
  const blocks: KnownBlock[] = [
    sectionBlock(
      `${FACES[run.state]} *${id}* ${escapeMrkdwn(run.plan.title)}: *${state}*${run.reason === "" ? "" : `\n${escapeMrkdwn(oneLine(run.reason, 500))}`}`,
    ),
    sectionBlock(cut(lines(run, journal).join("\n"))),
    contextBlock(
      `${escapeMrkdwn(run.runbook)} on ${escapeMrkdwn(run.target)} · ${describeTrust(run.mode, record)} · ${describeRecord(record)}${run.by === null ? "" : ` · asked for by ${escapeMrkdwn(run.by.name)}`}`,
    ),
  ];
  if (run.state === "waiting-approval" && run.asked !== null) blocks.push(...asking(run));
  if (run.state === "verifying" && run.proof !== null)
    blocks.push(
      contextBlock(`verifying: ${run.proof.says}${run.proof.values.length === 0 ? "" : ` (${run.proof.values.map(formatMeasuredValue).join(", ")})`}`),
    );
  const buttons = actions(run, journal, page);
  if (buttons.length > 0) blocks.push({ type: "actions", block_id: `run:${run.number}`, elements: buttons });
  return { text: fallbackText(`${id} ${escapeMrkdwn(run.runbook)}: ${state}`), blocks };
}

function lines(run: Run, journal: readonly JournalLine[]): string[] {
  return run.plan.steps.flatMap((step, i) => {
    const line = latestAttempt(journal, i);
    const back = latestAttempt(journal, undoLineIndex(i));
    const what = `*${escapeMrkdwn(step.id)}* \`${escapeMrkdwn(step.uses)}\``;
    const undone =
      back === null
        ? []
        : [
            `↩️ ${what} ${back.state === "finished" ? "put back" : `put back: ${back.state}${back.outcome?.says === undefined ? "" : `, ${said(back.outcome.says)}`}`}`,
          ];
    if (line === null) return [isRunOver(run.state) ? `· ${what}` : `▫️ ${what}`, ...undone];
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

function result(run: Run, { outcome, before, after }: JournalLine): string {
  const output = outcome?.output ?? {};
  if (before !== null && after !== null && run.plan.verify !== null) {
    const moved = before.map((was, i) => `${formatMeasuredValue(was)} → ${formatMeasuredValue(after[i] ?? null)}`).join(", ");
    return `*${measureEffect(run.plan.verify.promql, before, after)}* (${moved})`;
  }
  if (output["noData"] === true) return "no data";
  if (typeof output["value"] === "number") return formatMeasuredValue(output["value"]);
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
      : `\n*One answer for ${asked.over.length} runs, done one after another:* ${asked.over.map(({ run, target }) => `${runId(run)} ${escapeMrkdwn(target)}`).join(" · ")}`;
  const needed =
    asked.count > 1 ? ` ${asked.count} people must agree${asked.by.length === 0 ? "" : `; ${asked.by.map(({ name }) => name).join(", ")} did`}.` : "";
  return [
    sectionBlock(
      cut(
        `*Asks to do ${escapeMrkdwn(step.id)}* (\`${escapeMrkdwn(step.uses)}\`), because ${escapeMrkdwn(asked.why)}.${escapeMrkdwn(needed)}${cutMarkup(together, 1_200)}\n\`\`\`${code(JSON.stringify(asked.does ?? step.with, null, 1))}\`\`\`\n${escapeMrkdwn(params.join(" · "))}`,
      ),
    ),
    contextBlock(`${escapeMrkdwn(who)} may approve until ${localTime(asked.until)} · for this plan only (${asked.hash.slice(0, 12)})`),
  ];
}

function actions(run: Run, journal: readonly JournalLine[], page: string | null): Button[] {
  if (run.incident === null) return [];
  const about = `${run.incident} ${runId(run.number)}`;
  const unknown = run.state === "unknown" ? journal.find((line) => line.state === "unknown" && latestAttempt(journal, line.idx) === line) : undefined;
  if (unknown !== undefined) {
    const seen = `${about} ${lineName(unknown)}`;
    return [actionButton("happened", seen), actionButton("runIt", seen), actionButton("stopRun", seen, "danger")];
  }
  if (run.state === "waiting-approval" && run.asked !== null) {
    const seen = `${about} ${run.asked.hash.slice(0, 12)}`;
    if (page !== null)
      return [
        { type: "button", text: plainTextObject("Sign in and approve", 75), action_id: OPEN_RUN_ACTION, url: page, style: "primary" },
        actionButton("denyRun", seen, "danger"),
      ];
    return [actionButton("approveRun", seen, "primary"), actionButton("denyRun", seen, "danger")];
  }
  return isRunOver(run.state) ? [] : [actionButton("cancelRun", about, "danger")];
}

/** What the world said, in one line: a second one would look like another step. */
function said(text: string): string {
  return escapeMrkdwn(oneLine(text, 300));
}

/** What is shown as it is, and cannot end where it is shown. */
function code(text: string): string {
  return cutMarkup(escapeMrkdwn(text.replaceAll("`", "ˋ")), 1_200);
}

function cut(text: string): string {
  return cutMarkup(text, 2_900) || "–";
}
