import { z } from "zod";
import type { AlertSource } from "#ports/alert-source.ts";
import { PortError } from "#ports/port-error.ts";

const TIMEOUT_MS = 10_000;
const Alerts = z.array(z.object({ fingerprint: z.string() }));

/** Alertmanager's own list of alerts, GET /api/v2/alerts: silenced and inhibited ones are in it unless one asks otherwise. */
export function createAlertSource(url: string): AlertSource {
  return {
    name: "alertmanager",
    async active() {
      let response: Response;
      try {
        response = await fetch(`${url}/api/v2/alerts`, { headers: { accept: "application/json" }, signal: AbortSignal.timeout(TIMEOUT_MS) });
      } catch (cause) {
        throw new PortError("unreachable", `Alertmanager cannot be reached at ${url}`, { retryable: true, cause });
      }
      if (!response.ok) throw new PortError("server_error", `Alertmanager answered HTTP ${response.status}`, { retryable: true });
      const parsed = Alerts.safeParse(await response.json().catch(() => null));
      if (!parsed.success)
        throw new PortError("invalid", "Alertmanager's list of alerts is not what its API promises; check ALERTMANAGER_URL", {
          retryable: false,
          cause: parsed.error,
        });
      return new Set(parsed.data.map(({ fingerprint }) => fingerprint));
    },
  };
}
