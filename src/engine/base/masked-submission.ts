import type { CommandSubmission } from "#domain/commands/submission.ts";
import { mayHoldSecrets, maskSecrets, maskSecretText } from "#domain/values/redaction.ts";
import type { Policy } from "#domain/policy/policy.ts";

/** A submission as it may be stored: what looks like a secret in it is masked, unless the policy turns that off. */
export function maskSubmission(
  { maskSecrets: masks }: Pick<Policy, "maskSecrets">,
  submission: CommandSubmission,
): CommandSubmission {
  if (!masks) return submission;
  const { evidence } = submission;
  return maskBodyOf(
    evidence === null || !mayHoldSecrets(evidence) ? submission : { ...submission, evidence: maskSecretText(evidence) },
  );
}

function maskBodyOf(submission: CommandSubmission): CommandSubmission {
  const { body } = submission;
  if (body.type === "alerts.deliver" || body.type === "pager.event") {
    if (!mayHoldSecrets(body.raw)) return submission;
    return { ...submission, body: { ...body, raw: maskBody(body.raw) } };
  }
  return mayHoldSecrets(JSON.stringify(body)) ? { ...submission, body: maskSecrets(body) } : submission;
}

/** A request body: JSON by its structure, anything else as a text. */
function maskBody(raw: string): string {
  let body: unknown;
  try {
    body = JSON.parse(raw);
  } catch {
    return maskSecretText(raw);
  }
  return JSON.stringify(maskSecrets(body));
}

/** A text as it may be stored beside the commands: a reason, an error, an entry of the audit log. The policy turns it off as for them. */
export function maskStoredText({ maskSecrets: masks }: Pick<Policy, "maskSecrets">, text: string): string {
  return masks ? maskSecretText(text) : text;
}
