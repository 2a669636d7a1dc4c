import { noAnswerError, toPortError } from "./errors.ts";

export type PagerCall = { readonly operation: string; readonly outcome: string; readonly ms: number };

/** Longest that PagerDuty may take for an answer, in ms. */
const TIMEOUT_MS = 8_000;

/**
 * One request to PagerDuty, and its answer as JSON. Every status is looked at, nothing is tried again in here, and no
 * timer outlives the call.
 */
export async function sendRequest(
  url: string,
  init: { readonly method: string; readonly headers: Readonly<Record<string, string>>; readonly body?: string },
): Promise<unknown> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "error" });
    text = await response.text();
  } catch (cause) {
    throw noAnswerError(cause);
  }
  const answer = parsed(text);
  if (response.ok) return answer;
  throw toPortError(response, answer);
}

function parsed(text: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    return {};
  }
}
