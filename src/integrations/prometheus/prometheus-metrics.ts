import { z } from "zod";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { MetricsSource, MetricReading, MetricSample } from "#ports/metrics-source.ts";
import { RefusedAddress, type OutboundNetwork } from "#integrations/http/guarded-connection.ts";
import { sendGuarded, type GuardedAnswer } from "#integrations/http/guarded-request.ts";
import { PortError } from "#ports/port-error.ts";

/** Longest that Prometheus may take, in ms; its own timeout is a little shorter. */
const TIMEOUT_MS = 10_000;
const ANSWER_BYTES = 1_048_576;

const Value = z.tuple([z.number(), z.string()]);
const Labels = z.record(z.string(), z.string());
const Data = z.discriminatedUnion("resultType", [
  z.object({ resultType: z.literal("vector"), result: z.array(z.object({ metric: Labels, value: Value.optional() })) }),
  z.object({ resultType: z.literal("scalar"), result: Value }),
  z.object({ resultType: z.enum(["matrix", "string"]) }),
]);
/** https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview */
const Success = z.object({
  status: z.literal("success"),
  data: Data,
  warnings: z.array(z.string()).default([]),
  infos: z.array(z.string()).default([]),
});
const Failure = z.object({ errorType: z.string(), error: z.string() });

/**
 * Prometheus, or what speaks its HTTP API. A user and password in the URL are sent as basic authentication. The operator
 * sets the address, so it may be private; no cloud's metadata is asked, and no redirect followed.
 */
export function createPrometheus(
  settings: { readonly url: string; readonly timeoutMs?: number },
  network: OutboundNetwork = {},
): MetricsSource {
  const timeoutMs = settings.timeoutMs ?? TIMEOUT_MS;
  const base = new URL(settings.url);
  const credentials =
    base.username === "" ? null : `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`;
  base.username = base.password = "";
  const url = new URL(`${base.href.replace(/\/+$/, "")}/api/v1/query`);
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    accept: "application/json",
    ...(credentials === null ? {} : { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` }),
  };

  const send = async (form: Readonly<Record<string, string>>): Promise<z.output<typeof Success>> => {
    const limit = AbortSignal.timeout(timeoutMs);
    let answer: GuardedAnswer;
    try {
      const body = new URLSearchParams(form).toString();
      const request = { method: "POST", headers, body, mayBePrivate: true, signal: limit, maxBytes: ANSWER_BYTES };
      answer = await sendGuarded(url, request, network);
    } catch (cause) {
      throw noAnswer(cause, limit.aborted, base.origin);
    }
    const text = textOf(answer, base.origin);
    if (answer.status < 200 || answer.status > 299) throw refusal(answer.status, text);
    const parsed = Success.safeParse(json(text));
    if (parsed.success) return parsed.data;
    throw new PortError("server_error", "Prometheus' answer is not what its API promises; check PROMETHEUS_URL", {
      retryable: true,
      cause: parsed.error,
    });
  };

  return {
    name: "prometheus",
    async query(promql, at) {
      const { data, warnings, infos } = await send({
        query: promql,
        time: String(at / 1_000),
        timeout: `${Math.max(1, Math.floor(timeoutMs / 1_000) - 1)}s`,
      });
      return { ...readingOf(data), warnings: [...warnings, ...infos] };
    },
    async ping() {
      await send({ query: "vector(1)" });
    },
  };
}

/** Not a number is no data: 0/0 means that nothing was counted, not that all is well. Infinity is a number. */
function readingOf(data: z.output<typeof Data>): MetricReading {
  const none = { kind: "noData", warnings: [] } as const;
  if (data.resultType === "scalar") {
    const value = numberOf(data.result[1]);
    return Number.isNaN(value) ? none : { kind: "value", value, warnings: [] };
  }
  if (data.resultType !== "vector")
    throw new PortError("invalid", `the query answers a ${data.resultType}, and not values of one instant`, {
      retryable: false,
    });
  const rows = data.result
    // Native histograms have no value.
    .flatMap(({ metric, value }): MetricSample[] =>
      value === undefined ? [] : [{ labels: metric, value: numberOf(value[1]) }],
    )
    .filter(({ value }) => !Number.isNaN(value));
  const [first] = rows;
  if (first === undefined) return none;
  return rows.length === 1 && Object.keys(first.labels).length === 0
    ? { kind: "value", value: first.value, warnings: [] }
    : { kind: "rows", rows, warnings: [] };
}

function numberOf(text: string): number {
  return text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : text === "" ? NaN : Number(text);
}

function refusal(status: number, text: string): PortError {
  const failure = Failure.safeParse(json(text));
  const words = `Prometheus answered HTTP ${status}${failure.success ? `: ${failure.data.error.slice(0, 300)}` : ""}`;
  if (status === 429) return new PortError("rate_limited", words, { retryable: true, retryAfterMs: 10_000 });
  // 503: the query was given up, or Prometheus is starting.
  if (status >= 500) return new PortError("server_error", words, { retryable: true });
  if (status === 401 || status === 403)
    return new PortError("unauthorized", `${words}. Check PROMETHEUS_URL.`, {
      retryable: true,
      retryAfterMs: MINUTE_MS,
    });
  return new PortError(status === 404 ? "not_found" : "invalid", words, { retryable: false });
}

function noAnswer(cause: unknown, slow: boolean, origin: string): PortError {
  if (cause instanceof RefusedAddress)
    return new PortError("invalid", `${cause.message}: check PROMETHEUS_URL`, { retryable: false, cause });
  return new PortError(
    slow ? "timeout" : "unreachable",
    slow ? "Prometheus did not answer in time" : `Prometheus cannot be reached at ${origin}`,
    { retryable: true, cause },
  );
}

function textOf({ body, cut, redirect }: GuardedAnswer, origin: string): string {
  if (redirect !== null)
    throw new PortError(
      "unreachable",
      `Prometheus cannot be reached at ${origin}: it redirects to ${redirect}, which is not followed; check PROMETHEUS_URL`,
      { retryable: true },
    );
  if (cut)
    throw new PortError("invalid", "the query's answer is larger than 1 MB: sum it up, or take fewer series", {
      retryable: false,
    });
  return body.toString("utf8");
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
