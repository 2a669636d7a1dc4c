import type { PortRefusal } from "./port-refusal.ts";

export const HTTP_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

/** `key` names the step: it is sent to the other side, which may use it to do the same thing once. */
export type HttpRequest = {
  readonly method: (typeof HTTP_METHODS)[number];
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly key: string;
};
export type HttpResponse = {
  readonly ok: true;
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** There was more of the body than is kept. */
  readonly cut: boolean;
};
export type HttpRefusal = "not-allowed" | "no-secret" | "private-address" | "redirected" | "too-large" | "bad-request";

/**
 * Requests to hosts that the policy lists. Rejects with PortError and nothing else: no answer, one of 429, or of 500 and
 * above. Every other status is an answer. Never follows a redirect, never retries.
 */
export interface HttpRequests {
  send(request: HttpRequest): Promise<HttpResponse | PortRefusal<HttpRefusal>>;
}
