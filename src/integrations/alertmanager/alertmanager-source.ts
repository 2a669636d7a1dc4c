import { z } from "zod";
import { parseInstant } from "#domain/values/instant.ts";
import { RefusedAddress, type OutboundNetwork } from "#integrations/http/guarded-connection.ts";
import { sendGuarded, type GuardedAnswer } from "#integrations/http/guarded-request.ts";
import type { AlertSource } from "#ports/alert-source.ts";
import { PortError } from "#ports/port-error.ts";

const TIMEOUT_MS = 10_000;
/** Most of an answer that is read, in bytes: 20,000 alerts are some 14 MB. */
const ANSWER_BYTES = 64 * 1_048_576;
const Time = z.string().transform((text, ctx) => {
  const at = parseInstant(text);
  if (at !== null) return at;
  ctx.addIssue({ code: "custom", message: "not an RFC 3339 instant" });
  return z.NEVER;
});
const Alerts = z.array(z.object({ fingerprint: z.string(), startsAt: Time, status: z.object({ state: z.string() }) }));
/** `uptime` is the instant at which the process was started, not how long ago that was. Without clustering there are no peers. */
const Status = z.object({
  uptime: Time,
  cluster: z.object({ peers: z.array(z.object({ name: z.string() })).nullish() }).nullish(),
});

/**
 * Alertmanager's own list of alerts, GET /api/v2/alerts (silenced and inhibited ones are in it unless one asks otherwise),
 * and since when it is up, GET /api/v2/status (its api/v2/openapi.yaml). Each may take ten seconds. The operator sets the
 * address, so it may be private; no cloud's metadata is asked, and no redirect followed.
 */
export function createAlertSource(
  url: string,
  externalUrls: readonly string[] = [],
  network: OutboundNetwork = {},
): AlertSource {
  const get = <T extends z.ZodType>(path: string, schema: T, what: string): Promise<z.output<T>> =>
    ask(url, path, network).then((text) => readAnswer(text, schema, what));
  return {
    name: "alertmanager",
    url,
    externalUrls,
    title: "Alertmanager",
    async active() {
      const alerts = await get("/api/v2/alerts", Alerts, "list of alerts");
      // After the list: one that restarts in between is taken for younger than its list, never for older.
      const { uptime, cluster } = await get("/api/v2/status", Status, "status");
      const peers = cluster?.peers?.map(({ name }) => name) ?? [];
      return {
        upSince: uptime,
        ...(peers.length === 0 ? {} : { peers }),
        firing: new Map(
          alerts.map(({ fingerprint, startsAt, status }) => [
            fingerprint,
            { startsAt, suppressed: status.state !== "active" },
          ]),
        ),
      };
    },
  };
}

async function ask(url: string, path: string, network: OutboundNetwork): Promise<string> {
  let answer: GuardedAnswer;
  try {
    const request = {
      method: "GET",
      headers: { accept: "application/json" },
      mayBePrivate: true,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      maxBytes: ANSWER_BYTES,
    };
    answer = await sendGuarded(new URL(`${url}${path}`), request, network);
  } catch (cause) {
    const reason = cause instanceof RefusedAddress ? `: ${cause.message}` : "";
    throw new PortError("unreachable", `Alertmanager cannot be reached at ${url}${reason}`, { retryable: true, cause });
  }
  const { status, redirect } = answer;
  if (redirect !== null)
    throw new PortError(
      "server_error",
      `Alertmanager at ${url} redirects to ${redirect}, which is not followed; check ALERTMANAGER_URL`,
      { retryable: true },
    );
  if (status < 200 || status > 299)
    throw new PortError("server_error", `Alertmanager answered HTTP ${status}`, { retryable: true });
  return answer.body.toString("utf8");
}

function readAnswer<T extends z.ZodType>(text: string, schema: T, what: string): z.output<T> {
  const parsed = schema.safeParse(json(text));
  if (!parsed.success)
    throw new PortError("server_error", `Alertmanager's ${what} is not what its API promises; check ALERTMANAGER_URL`, {
      retryable: true,
      cause: parsed.error,
    });
  return parsed.data;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
