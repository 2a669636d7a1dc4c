import type { CommandSubmission } from "#domain/commands/submission.ts";
import { mayHoldSecrets, maskSecrets, maskSecretText } from "#domain/values/redaction.ts";
import type { Policy } from "#domain/policy/policy.ts";

/** A submission as it may be stored: what looks like a secret in it is masked, unless the policy turns that off. */
export function maskSubmission(
  { maskSecrets: masks }: Pick<Policy, "maskSecrets">,
  submission: CommandSubmission,
): CommandSubmission {
  const { body } = submission;
  if (!masks) return submission;
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
