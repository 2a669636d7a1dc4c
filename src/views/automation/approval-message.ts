import { isRunOver, runId, type ApprovalRequest, type JournalLine, type Run } from "#domain/automation/run.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { writeReference } from "#domain/incident/incident-reference.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { incidentId } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import { clipText, isEmptyText, joinText, richText, type RichText } from "#domain/values/rich-text.ts";
import { actionButton } from "#views/values/action-buttons.ts";
import { incidentPlace } from "#views/values/incident-place.ts";
import { buttonsPart, fallbackText, LONGEST_PART, textMessage, textPart } from "#views/values/message-parts.ts";
import { summarizeFindings } from "./run-findings.ts";
import { approvalParts, runActions } from "./run-card.ts";

/** A request for an approval that someone was sent: for which step, and for what exactly. */
export type SentApproval = Pick<ApprovalRequest, "step" | "hash">;

/** Where a run and its incident are seen. `approval`: where it is approved, when a click is not enough. */
export type ApprovalPages = { readonly incident: string; readonly approval: string | null };

/** What a run waits for, to someone who may approve it: what it is, and the buttons. */
export function approvalMessage(
  run: Run,
  incident: Incident,
  { incident: page, approval }: ApprovalPages,
  journal: readonly JournalLine[] = [],
): ChatMessage {
  const shown = summarizeFindings(run, journal);
  const id = runId(run.number);
  const about = `${writeReference(incident)} ${id}`;
  const step = run.asked === null ? undefined : run.plan.steps[run.asked.step];
  return {
    text: fallbackText(richText`🙋 ${id} of ${incidentId(incident.number)} waits for your approval: ${step?.id ?? ""}`),
    parts: [
      textPart(richText`🙋 *${id}* ${run.plan.title} waits for your approval in ${incidentPlace(incident, page)}`),
      ...(isEmptyText(shown) ? [] : [textPart(clipText(shown, LONGEST_PART))]),
      ...approvalParts(run),
      buttonsPart(`approval:${run.number}`, runActions(run, [], approval, incident), [
        actionButton("snoozeRun10", about),
        actionButton("snoozeRun30", about),
        actionButton("snoozeRun60", about),
      ]),
    ],
  };
}

/** Whether what someone was sent still waits for them. */
export function isApprovalOpen({ state, asked }: Pick<Run, "state" | "asked">, { hash }: SentApproval): boolean {
  return state === "waiting-approval" && asked?.hash === hash;
}

/** What became of what someone was sent, in the place of the request. */
export function decidedApproval(run: Run, sent: SentApproval, incident: Incident, page: string): ChatMessage {
  const step = run.plan.steps[sent.step]?.id ?? "";
  return textMessage(
    richText`${outcomeOf(run, sent, step)} · *${runId(run.number)}* ${run.plan.title} · ${incidentPlace(incident, page)}`,
  );
}

function outcomeOf({ asked, ending, state, reason }: Run, sent: SentApproval, step: string): RichText {
  const by = asked?.step === sent.step && asked.by.length >= asked.count ? asked.by : [];
  if (by.length > 0)
    return richText`✅ ${joinText(
      by.map(({ name }) => name),
      " and ",
    )} approved *${step}*`;
  const why = ending?.reason ?? (isRunOver(state) ? reason : "");
  if (why !== "") return richText`🛑 ${oneLine(why, 300)}`;
  return state === "waiting-approval" && asked?.step === sent.step
    ? richText`☑️ The plan of *${step}* changed: see the newer request`
    : richText`☑️ *${step}* was decided`;
}
