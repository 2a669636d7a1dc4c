import { z } from "zod";
import type { MetricsSource, MetricReading, MetricSample } from "#ports/metrics-source.ts";
import type { OutboundNetwork } from "#integrations/http/guarded-connection.ts";
import { createQueryApi } from "#integrations/http/query-api.ts";
import { PortError } from "#ports/port-error.ts";

/** Longest that Prometheus may take, in ms; its own timeout is a little shorter. */
const TIMEOUT_MS = 10_000;

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

/**
 * Prometheus, or what speaks its HTTP API. A user and password in the URL are sent as basic authentication. The operator
 * sets the address, so it may be private; no cloud's metadata is asked, and no redirect followed.
 */
export function createPrometheus(
  settings: { readonly url: string; readonly timeoutMs?: number },
  network: OutboundNetwork = {},
): MetricsSource {
  const timeoutMs = settings.timeoutMs ?? TIMEOUT_MS;
  const api = createQueryApi({ ...settings, timeoutMs, title: "Prometheus", setting: "PROMETHEUS_URL" }, network);
  const send = async (form: Readonly<Record<string, string>>): Promise<z.output<typeof Success>> => {
    const parsed = Success.safeParse(await api("api/v1/query", form));
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
