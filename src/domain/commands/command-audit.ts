import type { SubmissionBody } from "./submission.ts";
import { isDeclined, type CommandOutcome } from "#domain/events/command-outcome.ts";
import type { AuditEntry, AuditKind } from "#domain/reporting/audit-entry.ts";

/** Verbs whose requests are recorded where they are answered, with what came of them. */
const ANSWERED_ELSEWHERE: ReadonlySet<string> = new Set(["runbook", "automation"]);
/** What begins the text of a request that was kept and not done. */
const DECLINED = /^(refused|unknown|of another INC-\d+): /;

/** What the audit log records of a command; null: it is recorded elsewhere. */
export function decideAuditKind(
  body: SubmissionBody,
  outcome: CommandOutcome,
): Pick<AuditEntry, "kind" | "what" | "result" | "text"> | null {
  if (body.type === "verb.asked") {
    const declined = DECLINED.test(body.text);
    if (!declined && ANSWERED_ELSEWHERE.has(body.verb)) return null;
    const what = `verb.${body.verb}`;
    return declined
      ? { kind: "refusal", what, result: "refused", text: body.text }
      : { kind: "read", what, result: "unchanged", text: body.text };
  }
  const what = body.type === "incident" ? body.command.type : body.type;
  const text = isDeclined(outcome) ? outcome.text : wordsOf(body);
  return { kind: isDeclined(outcome) ? "refusal" : kindOf(body.type), what, result: outcome.kind, text };
}

function kindOf(type: string): AuditKind {
  if (type.startsWith("mute.")) return "silence";
  return type.startsWith("shift.") ? "override" : "command";
}

/** Commands of no person, whose bodies are stored elsewhere. */
const WORDLESS: ReadonlySet<SubmissionBody["type"]> = new Set([
  "alerts.deliver",
  "pager.event",
  "digest.due",
  "week.due",
]);

/** What a person wrote or chose, as it was understood. */
function wordsOf(body: SubmissionBody): string {
  if (WORDLESS.has(body.type)) return "";
  const { type: _, ...fields } = body.type === "incident" ? body.command : body;
  return JSON.stringify(fields);
}
