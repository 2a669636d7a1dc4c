import { z } from "zod";
import type { OutboundNetwork } from "#integrations/http/guarded-connection.ts";
import { createQueryApi } from "#integrations/http/query-api.ts";
import type { LogLine, LogSearch, LogStore } from "#ports/log-store.ts";
import { PortError } from "#ports/port-error.ts";

/** Longest that Loki may take, in ms. */
const TIMEOUT_MS = 15_000;

/** https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-logs-within-a-range-of-time */
const Streams = z.object({
  status: z.literal("success"),
  data: z.object({
    resultType: z.literal("streams"),
    result: z.array(
      z.object({
        stream: z.record(z.string(), z.string()),
        // A third entry holds structured metadata.
        values: z.array(z.tuple([z.string().regex(/^\d{1,19}$/), z.string()]).rest(z.unknown())),
      }),
    ),
  }),
});

/** Grafana Loki, or what speaks its HTTP API. `tenant`: sent as X-Scope-OrgID, where Loki has several. */
export function createLoki(
  settings: { readonly url: string; readonly tenant: string | null; readonly timeoutMs?: number },
  network: OutboundNetwork = {},
): LogStore {
  const { url, tenant, timeoutMs = TIMEOUT_MS } = settings;
  const headers = tenant === null ? {} : { "x-scope-orgid": tenant };
  const api = createQueryApi({ url, timeoutMs, title: "Loki", setting: "LOKI_URL", headers }, network);
  return {
    name: "loki",
    async search(search) {
      const parsed = Streams.safeParse(
        await api("loki/api/v1/query_range", {
          query: logQuery(search),
          start: nanoseconds(search.from),
          end: nanoseconds(search.to),
          limit: String(search.limit),
          direction: "backward",
        }),
      );
      if (!parsed.success)
        throw new PortError("server_error", "Loki's answer is not what its API promises; check LOKI_URL", {
          retryable: true,
          cause: parsed.error,
        });
      return parsed.data.data.result
        .flatMap(({ stream, values }) =>
          values.map(([at, text]): LogLine => ({ at: Number(BigInt(at) / 1_000_000n), text, labels: stream })),
        )
        .toSorted((a, b) => b.at - a.at)
        .slice(0, search.limit);
    },
    async ping() {
      await api("loki/api/v1/labels", {});
    },
  };
}

/** https://grafana.com/docs/loki/latest/query/log_queries/: a string of LogQL is quoted and escaped as one of Go. */
export function logQuery({ labels, contains, without }: Pick<LogSearch, "labels" | "contains" | "without">): string {
  const matchers = Object.entries(labels).map(([name, value]) => `${name}=${quoted(value)}`);
  return [
    `{${matchers.join(",")}}`,
    ...contains.map((text) => `|= ${quoted(text)}`),
    ...without.map((text) => `!= ${quoted(text)}`),
  ].join(" ");
}

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", String.raw`\x7f`);
}

function nanoseconds(at: number): string {
  return `${Math.floor(at)}000000`;
}
