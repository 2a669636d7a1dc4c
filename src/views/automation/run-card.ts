import type { Incident } from "#domain/incident/incident.ts";
import { writeReference } from "#domain/incident/incident-reference.ts";
import { latestAttempt, lineName } from "#domain/automation/run-next.ts";
import { measureEffect } from "#domain/automation/run-verification.ts";
import { formatMeasuredValue } from "#domain/automation/run-text.ts";
import { describeActor } from "#domain/values/api-actor.ts";
import { oneLine } from "#domain/values/text.ts";
import { describeRecord, describeTrust, type RunRecord } from "#domain/automation/run-trust.ts";
import {
  canBePerformed,
  isRunOver,
  runId,
  undoLineIndex,
  type JournalLine,
  type Run,
  type RunState,
} from "#domain/automation/run.ts";
import type { Link } from "#domain/values/language.ts";
import { describeRunState } from "#domain/automation/run-text.ts";
import { summarizeFindings } from "./run-findings.ts";
import { actionButton, OPEN_RUN_ACTION } from "#views/values/action-buttons.ts";
import type { ChatButton, ChatMessage, MessagePart } from "#domain/values/chat-message.ts";
import {
  richText,
  joinText,
  linkList,
  localTime,
  clipText,
  isEmptyText,
  type RichText,
  type TextLike,
} from "#domain/values/rich-text.ts";
import { LONGEST_PART, textPart, contextPart, buttonsPart, fallbackText } from "#views/values/message-parts.ts";

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

/** What stands on a run's card besides the run. */
export type RunCardFacts = {
  /** Where it is approved, when a click is not enough. */
  readonly page?: string | null;
  /** Its own, for its buttons. */
  readonly incident?: Pick<Incident, "number" | "uid"> | null;
  readonly links?: readonly Link[];
  /** Who may answer what it asks, mentioned. */
  readonly approvers?: RichText | null;
};

/** A runbook at work: what it would do or did, what it found, and what people are asked. Changed in place. */
export function runCard(
  run: Run,
  journal: readonly JournalLine[],
  record: RunRecord,
  { page = null, incident = null, links = [], approvers = null }: RunCardFacts = {},
): ChatMessage {
  const id = runId(run.number);
  const state = describeRunState(run);
  const shown = summarizeFindings(run, journal);
  const parts: MessagePart[] = [
    textPart(
      richText`${FACES[run.state]} *${id}* ${run.plan.title}: *${state}*${run.reason === "" ? "" : richText`\n${oneLine(run.reason, 500)}`}`,
    ),
    textPart(cut(joinText(lines(run, journal), "\n"))),
    ...(isEmptyText(shown) ? [] : [textPart(cut(shown))]),
    contextPart(
      richText`${run.runbook} on ${run.target} · ${describeTrust(run.mode, record)} · ${describeRecord(record)}${run.by === null ? "" : richText` · asked for by ${describeActor(run.by)}`}${links.length === 0 ? "" : richText` · ${linkList(links)}`}`,
    ),
  ];
  if (run.state === "waiting-approval" && run.asked !== null) parts.push(...approvalParts(run, approvers));
  if (run.state === "verifying" && run.proof !== null)
    parts.push(
      contextPart(
        richText`verifying: ${run.proof.says}${run.proof.values.length === 0 ? "" : richText` (${joinText(run.proof.values.map(formatMeasuredValue), ", ")})`}`,
      ),
    );
  const buttons = runActions(run, journal, page, incident);
  if (buttons.length > 0) parts.push(buttonsPart(`run:${run.number}`, buttons));
  return { text: fallbackText(richText`${id} ${run.runbook}: ${state}`), parts };
}

function lines(run: Run, journal: readonly JournalLine[]): RichText[] {
  return run.plan.steps.flatMap((step, i) => {
    const line = latestAttempt(journal, i);
    const back = latestAttempt(journal, undoLineIndex(i));
    const what = richText`*${step.id}* \`${step.uses}\``;
    const undone =
      back === null
        ? []
        : [
            richText`↩️ ${what} ${back.state === "finished" ? "put back" : richText`put back: ${back.state}${back.outcome?.says === undefined ? "" : richText`, ${quoted(back.outcome.says)}`}`}`,
          ];
    if (line === null) return [isRunOver(run.state) ? richText`· ${what}` : richText`▫️ ${what}`, ...undone];
    switch (line.state) {
      case "finished":
        return [richText`☑️ ${what} ${result(run, line)}`, ...undone];
      case "skipped":
        return [richText`· ${what} _left out: ${quoted(line.outcome?.says ?? "")}_`, ...undone];
      case "failed":
        return [richText`✖️ ${what} ${quoted(line.outcome?.says ?? "failed")}`, ...undone];
      case "unknown":
        return [
          richText`❓ ${what} nobody knows whether it happened${line.outcome?.says === undefined ? "" : richText`: ${quoted(line.outcome.says)}`}`,
          ...undone,
        ];
      case "started":
      case "planned":
        return [richText`⏳ ${what} at work`, ...undone];
    }
  });
}

function result(run: Run, { outcome, before, after }: JournalLine): TextLike {
  const output = outcome?.output ?? {};
  if (before !== null && after !== null && run.plan.verify !== null) {
    const moved = joinText(
      before.map(
        (previous, i) => richText`${formatMeasuredValue(previous)} → ${formatMeasuredValue(after[i] ?? null)}`,
      ),
      ", ",
    );
    return richText`*${measureEffect(run.plan.verify.promql, before, after)}* (${moved})`;
  }
  if (output["noData"] === true) return "no data";
  if (typeof output["value"] === "number") return formatMeasuredValue(output["value"]);
  if (Array.isArray(output["rows"])) return richText`${output["rows"].length} rows`;
  if (Array.isArray(output["lines"])) return richText`${output["lines"].length} lines`;
  return "done";
}

/** What a run asks for, and who may approve it until when. */
export function approvalParts({ asked: approval, plan }: Run, approvers: RichText | null = null): MessagePart[] {
  const step = plan.steps[approval!.step];
  if (approval === null || step === undefined) return [];
  const params = Object.entries(plan.params).map(([name, { value }]) => richText`${name} = ${value}`);
  const person = approval.from.length === 0 ? "A responder" : (approvers ?? joinText(approval.from, ", "));
  const groupNote =
    approval.over === undefined || approval.over.length < 2
      ? ""
      : richText`\n*One answer for ${approval.over.length} runs, done one after another:* ${joinText(
          approval.over.map(({ run, target }) => richText`${runId(run)} ${target}`),
          " · ",
        )}`;
  const needed =
    approval.count > 1
      ? richText` ${approval.count} people must agree${
          approval.by.length === 0
            ? ""
            : richText`; ${joinText(
                approval.by.map(({ name }) => name),
                ", ",
              )} did`
        }.`
      : "";
  return [
    textPart(
      cut(
        richText`*Asks to do ${step.id}* (\`${step.uses}\`), because ${approval.why}.${needed}${clipText(groupNote, 1_200)}\n\`\`\`${code(JSON.stringify(approval.does ?? step.with, null, 1))}\`\`\`\n${joinText(params, " · ")}`,
      ),
    ),
    contextPart(
      richText`${person} may approve until ${localTime(approval.until)} · for this plan only (${approval.hash.slice(0, 12)})`,
    ),
  ];
}

/** The buttons of what a run needs of people now. `page`: where it is approved, when a click is not enough. */
export function runActions(
  run: Run,
  journal: readonly JournalLine[],
  page: string | null,
  incident: Pick<Incident, "number" | "uid"> | null,
): ChatButton[] {
  const reference = run.incident === null ? [] : [writeReference(incident ?? { number: run.incident })];
  const about = [...reference, runId(run.number)].join(" ");
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
  if (isRunOver(run.state)) return canBePerformed(run) ? [actionButton("performRun", about, "primary")] : [];
  return [actionButton("cancelRun", about, "danger")];
}

/** The answer of the world, in one line: a second one would look like another step. */
function quoted(text: string): string {
  return oneLine(text, 300);
}

/** What is shown as it is, and cannot end where it is shown. */
function code(text: string): RichText {
  return clipText(text.replaceAll("`", "ˋ"), 1_200);
}

function cut(text: TextLike): TextLike {
  return isEmptyText(text) ? "–" : clipText(text, LONGEST_PART);
}
