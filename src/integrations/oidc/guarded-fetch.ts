import type { CustomFetch } from "openid-client";
import { PortError } from "#ports/port-error.ts";
import { RefusedAddress, type OutboundNetwork } from "#integrations/http/guarded-connection.ts";
import { sendGuarded, type GuardedAnswer } from "#integrations/http/guarded-request.ts";

/** Of an answer: a description of a provider, its keys or tokens are some kB. */
const MAX_BYTES = 1_000_000;
const TIMEOUT_MS = 10_000;

/**
 * `fetch` for a provider. It describes itself, and so chooses where its keys are read and codes are redeemed: a provider that
 * was taken over must not lead us to a cloud's metadata. It may be a private one, as the operator has set it up.
 * @throws TypeError, as `fetch` does, when there is no answer; PortError for an address that no one may have
 */
export function createGuardedFetch(network: OutboundNetwork): CustomFetch {
  return async (address, { method, headers, body, signal }) => {
    const url = new URL(address);
    const text = body instanceof URLSearchParams || typeof body === "string" ? body.toString() : undefined;
    const request = {
      ...{ method, headers, mayBePrivate: true, maxBytes: MAX_BYTES },
      signal: signal ?? AbortSignal.timeout(TIMEOUT_MS),
      ...(text === undefined ? {} : { body: text }),
    };
    let answer: GuardedAnswer;
    try {
      answer = await sendGuarded(url, request, network);
    } catch (cause) {
      if (cause instanceof RefusedAddress) throw new PortError("forbidden", cause.message, { retryable: false, cause });
      throw new TypeError("fetch failed", { cause });
    }
    if (answer.cut) throw new TypeError(`the answer of ${url.host} is too large`);
    const own = Object.entries(answer.headers).map(([name, value]): [string, string] => [
      name,
      [value ?? []].flat().join(", "),
    ]);
    return new Response(answer.body.byteLength === 0 ? null : new Uint8Array(answer.body), {
      status: answer.status,
      headers: own,
    });
  };
}
