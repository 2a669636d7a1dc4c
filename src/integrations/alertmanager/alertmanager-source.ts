import { z } from "zod";
import { parseInstant } from "#domain/values/instant.ts";
import type { AlertSource } from "#ports/alert-source.ts";
import { PortError } from "#ports/port-error.ts";

const TIMEOUT_MS = 10_000;
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
 * and since when it is up, GET /api/v2/status (its api/v2/openapi.yaml). Each may take ten seconds.
 */
export function createAlertSource(url: string, externalUrls: readonly string[] = []): AlertSource {
  return {
    name: "alertmanager",
    url,
    externalUrls,
    title: "Alertmanager",
    async active() {
      const alerts = await get(url, "/api/v2/alerts", Alerts, "list of alerts");
      // After the list: one that restarts in between is taken for younger than its list, never for older.
      const { uptime, cluster } = await get(url, "/api/v2/status", Status, "status");
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

async function get<T extends z.ZodType>(url: string, path: string, schema: T, what: string): Promise<z.output<T>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url}${path}`, {
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await response.text();
  } catch (cause) {
    throw new PortError("unreachable", `Alertmanager cannot be reached at ${url}`, { retryable: true, cause });
  }
  if (!response.ok)
    throw new PortError("server_error", `Alertmanager answered HTTP ${response.status}`, { retryable: true });
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
