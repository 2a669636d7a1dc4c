import type { z } from "zod";
import { noAnswerError, toPortError, unreadableAnswer } from "./errors.ts";

export type PagerCall = { readonly operation: string; readonly outcome: string; readonly ms: number };

/** Longest that PagerDuty may take for an answer, in ms. */
const ANSWER_TIMEOUT_MS = 8_000;

export type PagerRequest = {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** ms that the answer may take; absent: 8 s. */
  readonly timeoutMs?: number;
};

/**
 * One request to PagerDuty, and its answer as `schema` reads it. Every status is looked at, nothing is tried again in here,
 * and no timer outlives the call. An answer that does not fit (cut off, or a proxy's page) leaves open whether the request
 * took effect, and rejects with that, whatever its status.
 */
export async function sendRequest<S extends z.ZodType>(
  url: string,
  { timeoutMs = ANSWER_TIMEOUT_MS, ...init }: PagerRequest,
  schema: S,
): Promise<z.output<S>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs), redirect: "error" });
    text = await response.text();
  } catch (cause) {
    throw noAnswerError(cause);
  }
  const answer = parsed(text);
  if (!response.ok) throw toPortError(response, answer);
  const read = schema.safeParse(answer);
  if (!read.success) throw unreadableAnswer(response.status, read.error);
  return read.data;
}

/** null: it is no JSON. */
function parsed(text: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    return null;
  }
}
