import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as immediate } from "node:timers/promises";
import { LogLevel, WebClient, type Logger } from "@slack/web-api";
import { z } from "zod";
import { neutralizeAll } from "#domain/values/text.ts";
import type { VendorAllowances } from "#ports/allowances.ts";
import type { RequestAttempt } from "#ports/chat.ts";
import { PortError } from "#ports/port-error.ts";
import { createRateLimits } from "./rate-limits.ts";
import { toPortError, unreadableAnswer } from "./errors.ts";

/** The priority of a request, and its deadline. */
export type CallTerms = Pick<RequestAttempt, "urgency" | "until">;

/**
 * One request to Slack's Web API, as this adapter makes it. An answer is read by its schema or not at all: one that does
 * not fit (cut off, or a proxy's) leaves open whether the request took effect, and rejects with that.
 */
export type SlackCaller = {
  (method: string, args: Readonly<Record<string, unknown>>, attempt: CallTerms): Promise<void>;
  <S extends z.ZodType>(
    method: string,
    args: Readonly<Record<string, unknown>>,
    attempt: CallTerms,
    schema: S,
  ): Promise<z.output<S>>;
};

/** The conversation with a person, from conversations.open. */
export const OpenedConversation = z.object({ channel: z.object({ id: z.string() }) });

export type CallObserver = (call: { readonly method: string; readonly outcome: string; readonly ms: number }) => void;

export type SlackSettings = {
  readonly token: string;
  /** null: Slack's own. */
  readonly apiUrl: string | null;
  readonly clock: () => number;
  /** ms that go on evenly, whatever happens to `clock`. */
  readonly monotonic: () => number;
  readonly onCall: CallObserver;
  /** What all processes together may ask of the workspace. */
  readonly allowances: VendorAllowances;
};

/** Longest a request may take. Slack answers in well under a second; after this it is as good as down. */
const TIMEOUT_MS = 5_000;

const noop = (): void => {};
/** What goes wrong is in the errors; the client would log it a second time, past our log. */
const SILENT_LOGGER: Logger = {
  debug: noop,
  info: noop,
  warn: noop,
  error: noop,
  setLevel: noop,
  getLevel: () => LogLevel.ERROR,
  setName: noop,
};

export type SlackClient = {
  readonly web: WebClient;
  readonly call: SlackCaller;
  readonly apiUrl: string | null;
};

/**
 * The official client with everything hidden turned off: no retries (the queue's are better: they survive a crash),
 * no waiting inside a call on a rate limit, and a time limit on every request.
 */
export function createSlackClient(settings: SlackSettings): SlackClient {
  const { token, apiUrl, clock, monotonic, onCall } = settings;
  /** The claim that a request is made under, looked at again when the request leaves. */
  const claims = new AsyncLocalStorage<() => void>();
  const web = new WebClient(token, {
    ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: TIMEOUT_MS,
    logger: SILENT_LOGGER,
    allowAbsoluteUrls: true,
    fetch: async (input, init) => {
      // A turn of the event loop of its own: a process that froze while this request was made looks at the clock first.
      await immediate();
      const assertClaimed = claims.getStore();
      assertClaimed?.();
      return fetch(
        input,
        assertClaimed === undefined || typeof init?.body !== "string" ? init : guarded(init, init.body, assertClaimed),
      );
    },
  });
  const limits = createRateLimits(settings.allowances, monotonic);
  const call = (async (
    method: string,
    args: Readonly<Record<string, unknown>>,
    { urgency, until }: CallTerms,
    schema?: z.ZodType,
  ): Promise<unknown> => {
    const assertClaimed = (): void => {
      if (until !== undefined && clock() >= until)
        throw new PortError("timeout", `too late for ${method}: by now someone else does this work`, {
          retryable: true,
          mayHaveHappened: true,
        });
    };
    assertClaimed();
    const channel = typeof args["channel"] === "string" ? args["channel"] : "";
    await limits.take(method, channel, urgency);
    const began = monotonic();
    try {
      const answer = await claims.run(assertClaimed, () => web.apiCall(method, neutralizeAll({ ...args })));
      const read = schema?.safeParse(answer);
      if (read?.success === false) throw unreadableAnswer(method, read.error);
      onCall({ method, outcome: "ok", ms: monotonic() - began });
      return read?.data;
    } catch (cause) {
      const error = toPortError(method, cause);
      onCall({ method, outcome: slackCode(error) ?? error.reason, ms: monotonic() - began });
      if (error.reason === "rate_limited") await limits.pause(method, channel, error.retryAfterMs ?? 1_000);
      throw error;
    }
  }) as SlackCaller;
  return { web, call, apiUrl };
}

/**
 * The same request, with a look at the claim at the very moment its body is written. A process that freezes while it still
 * dials would write when it thaws, before any of its timers runs; a request without its body is none.
 */
function guarded(init: RequestInit, text: string, assertClaimed: () => void): RequestInit {
  const bytes = new TextEncoder().encode(text);
  const body = new ReadableStream(
    {
      pull(controller) {
        assertClaimed();
        controller.enqueue(bytes);
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const headers = new Headers(init.headers);
  headers.set("content-length", String(bytes.byteLength));
  return { ...init, headers, body, duplex: "half" } as RequestInit;
}

/** Slack's own code of a failed request ("name_taken"), or null when it never came to one. */
export function slackCode(error: unknown): string | null {
  const cause = error instanceof PortError ? error.cause : error;
  if (typeof cause !== "object" || cause === null || !("data" in cause)) return null;
  const { data } = cause;
  return typeof data === "object" && data !== null && "error" in data && typeof data.error === "string"
    ? data.error
    : null;
}

/** Waits for a request that is as good as done when Slack refuses it with one of these codes. */
export async function ignoreCodes(codes: readonly string[], work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!codes.includes(slackCode(error) ?? "")) throw error;
  }
}
