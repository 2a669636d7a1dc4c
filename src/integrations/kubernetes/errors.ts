import { MINUTE_MS } from "#domain/values/duration.ts";
import { PortError } from "#ports/port-error.ts";

/** ms to wait when a disruption budget, or the API server itself, answers "not now" without a time. */
const TIMEOUT_MS = 10_000;

/** An answer of the API server that is no success: the `Status` that every failure has, as far as it is one. */
export type ApiFailure = { readonly status: number; readonly says: string; readonly retryAfterMs: number | null };

/** https://kubernetes.io/docs/reference/using-api/api-concepts/; `writing`: the request may have changed something. */
export function toPortError(
  { status, says: detail, retryAfterMs }: ApiFailure,
  what: string,
  writing: boolean,
): PortError {
  const words = `the cluster did not ${what}: HTTP ${status}${detail === "" ? "" : `, ${detail}`}`;
  if (status === 429)
    return new PortError("rate_limited", words, { retryable: true, retryAfterMs: retryAfterMs ?? TIMEOUT_MS });
  if (status >= 500)
    return new PortError("server_error", words, { retryable: true, retryAfterMs, mayHaveHappened: writing });
  // Nothing was written: the object changed while it was looked at. What is so now decides the next time.
  if (status === 409) return new PortError("invalid", words, { retryable: true, retryAfterMs: retryAfterMs ?? 500 });
  if (status === 401)
    return new PortError("unauthorized", `${words}. Check KUBECONFIG, or the service account.`, {
      retryable: true,
      retryAfterMs: MINUTE_MS,
    });
  if (status === 403)
    return new PortError("forbidden", `${words}. Check deploy/kubernetes-rbac.yaml.`, { retryable: false });
  return new PortError(status === 404 ? "not_found" : "invalid", words, { retryable: false });
}

/** A foreign answer, such as a proxy's, or one that was cut off. `writing`: the request may have changed something. */
export function unreadableAnswer(what: string, writing: boolean): PortError {
  return new PortError(
    "server_error",
    `the cluster's answer cannot be read, so it is not known whether it did ${what}; check the server in KUBECONFIG`,
    { retryable: true, mayHaveHappened: writing },
  );
}

/** No answer at all. */
export function noAnswerError(cause: unknown, what: string, writing: boolean): PortError {
  const slow = cause instanceof Error && (cause.name === "TimeoutError" || cause.name === "AbortError");
  const inner = cause instanceof Error ? cause.cause : undefined;
  const reason = inner instanceof Error && "code" in inner ? ` (${String(inner.code)})` : "";
  return new PortError(
    slow ? "timeout" : "unreachable",
    `the cluster ${slow ? "did not answer in time" : `cannot be reached${reason}`}, so it did not ${what}`,
    {
      retryable: true,
      mayHaveHappened: writing,
      cause,
    },
  );
}
