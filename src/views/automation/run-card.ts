import { latestAttempt, lineName } from "#domain/automation/run-next.ts";
import { measureEffect } from "#domain/automation/run-verification.ts";
import { formatMeasuredValue } from "#domain/automation/run-text.ts";
import { oneLine } from "#domain/values/text.ts";
import { describeRecord, describeTrust, type RunRecord } from "#domain/automation/run-trust.ts";
import { isRunOver, runId, undoLineIndex, type JournalLine, type Run, type RunState } from "#domain/automation/run.ts";
import { actionButton, OPEN_RUN_ACTION } from "#views/values/action-buttons.ts";
import type { ChatButton, ChatMessage, MessagePart } from "#domain/values/chat-message.ts";
import {
  rich,
  joinText,
  localTime,
  clipText,
  isEmptyText,
  type RichText,
  type TextLike,
} from "#domain/values/rich-text.ts";
import { textPart, contextPart, buttonsPart, fallbackText } from "#views/values/message-parts.ts";

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
export function runCard(
  run: Run,
  journal: readonly JournalLine[],
  record: RunRecord,
  page: string | null = null,
): ChatMessage {
  const id = runId(run.number);
  const state = run.state.replace("-", " for ");
  const parts: MessagePart[] = [
    textPart(
      rich`${FACES[run.state]} *${id}* ${run.plan.title}: *${state}*${run.reason === "" ? "" : rich`\n${oneLine(run.reason, 500)}`}`,
    ),
    textPart(cut(joinText(lines(run, journal), "\n"))),
    contextPart(
      rich`${run.runbook} on ${run.target} · ${describeTrust(run.mode, record)} · ${describeRecord(record)}${run.by === null ? "" : rich` · asked for by ${run.by.name}`}`,
    ),
  ];
  if (run.state === "waiting-approval" && run.asked !== null) parts.push(...asking(run));
  if (run.state === "verifying" && run.proof !== null)
    parts.push(
      contextPart(
        rich`verifying: ${run.proof.says}${run.proof.values.length === 0 ? "" : rich` (${joinText(run.proof.values.map(formatMeasuredValue), ", ")})`}`,
      ),
    );
  const buttons = actions(run, journal, page);
  if (buttons.length > 0) parts.push(buttonsPart(`run:${run.number}`, buttons));
  return { text: fallbackText(rich`${id} ${run.runbook}: ${state}`), parts };
}

function lines(run: Run, journal: readonly JournalLine[]): RichText[] {
  return run.plan.steps.flatMap((step, i) => {
    const line = latestAttempt(journal, i);
    const back = latestAttempt(journal, undoLineIndex(i));
    const what = rich`*${step.id}* \`${step.uses}\``;
    const undone =
      back === null
        ? []
        : [
            rich`↩️ ${what} ${back.state === "finished" ? "put back" : rich`put back: ${back.state}${back.outcome?.says === undefined ? "" : rich`, ${said(back.outcome.says)}`}`}`,
          ];
    if (line === null) return [isRunOver(run.state) ? rich`· ${what}` : rich`▫️ ${what}`, ...undone];
    switch (line.state) {
      case "finished":
        return [rich`☑️ ${what} ${result(run, line)}`, ...undone];
      case "skipped":
        return [rich`· ${what} _left out: ${said(line.outcome?.says ?? "")}_`, ...undone];
      case "failed":
        return [rich`✖️ ${what} ${said(line.outcome?.says ?? "failed")}`, ...undone];
      case "unknown":
        return [rich`❓ ${what} nobody knows whether it happened`, ...undone];
      case "started":
      case "planned":
        return [rich`⏳ ${what} at work`, ...undone];
    }
  });
}

function result(run: Run, { outcome, before, after }: JournalLine): TextLike {
  const output = outcome?.output ?? {};
  if (before !== null && after !== null && run.plan.verify !== null) {
    const moved = joinText(
      before.map((was, i) => rich`${formatMeasuredValue(was)} → ${formatMeasuredValue(after[i] ?? null)}`),
      ", ",
    );
    return rich`*${measureEffect(run.plan.verify.promql, before, after)}* (${moved})`;
  }
  if (output["noData"] === true) return "no data";
  if (typeof output["value"] === "number") return formatMeasuredValue(output["value"]);
  if (Array.isArray(output["rows"])) return rich`${output["rows"].length} rows`;
  if (Array.isArray(output["lines"])) return rich`${output["lines"].length} lines`;
  return "done";
}

function asking({ asked, plan }: Run): MessagePart[] {
  const step = plan.steps[asked!.step];
  if (asked === null || step === undefined) return [];
  const params = Object.entries(plan.params).map(([name, { value }]) => rich`${name} = ${value}`);
  const who = asked.from.length === 0 ? "whoever responds" : joinText(asked.from, ", ");
  const together =
    asked.over === undefined || asked.over.length < 2
      ? ""
      : rich`\n*One answer for ${asked.over.length} runs, done one after another:* ${joinText(
          asked.over.map(({ run, target }) => rich`${runId(run)} ${target}`),
          " · ",
        )}`;
  const needed =
    asked.count > 1
      ? rich` ${asked.count} people must agree${
          asked.by.length === 0
            ? ""
            : rich`; ${joinText(
                asked.by.map(({ name }) => name),
                ", ",
              )} did`
        }.`
      : "";
  return [
    textPart(
      cut(
        rich`*Asks to do ${step.id}* (\`${step.uses}\`), because ${asked.why}.${needed}${clipText(together, 1_200)}\n\`\`\`${code(JSON.stringify(asked.does ?? step.with, null, 1))}\`\`\`\n${joinText(params, " · ")}`,
      ),
    ),
    contextPart(
      rich`${who} may approve until ${localTime(asked.until)} · for this plan only (${asked.hash.slice(0, 12)})`,
    ),
  ];
}

function actions(run: Run, journal: readonly JournalLine[], page: string | null): ChatButton[] {
  if (run.incident === null) return [];
  const about = `${run.incident} ${runId(run.number)}`;
  const unknown =
    run.state === "unknown"
      ? journal.find((line) => line.state === "unknown" && latestAttempt(journal, line.idx) === line)
      : undefined;
  if (unknown !== undefined) {
    const seen = `${about} ${lineName(unknown)}`;
    return [actionButton("happened", seen), actionButton("runIt", seen), actionButton("stopRun", seen, "danger")];
  }
  if (run.state === "waiting-approval" && run.asked !== null) {
    const seen = `${about} ${run.asked.hash.slice(0, 12)}`;
    if (page !== null)
      return [
        { action: OPEN_RUN_ACTION, label: "Sign in and approve", url: page, style: "primary" },
        actionButton("denyRun", seen, "danger"),
      ];
    return [actionButton("approveRun", seen, "primary"), actionButton("denyRun", seen, "danger")];
  }
  return isRunOver(run.state) ? [] : [actionButton("cancelRun", about, "danger")];
}

/** What the world said, in one line: a second one would look like another step. */
function said(text: string): string {
  return oneLine(text, 300);
}

/** What is shown as it is, and cannot end where it is shown. */
function code(text: string): RichText {
  return clipText(text.replaceAll("`", "ˋ"), 1_200);
}

function cut(text: TextLike): TextLike {
  return isEmptyText(text) ? "–" : clipText(text, 2_900);
}
