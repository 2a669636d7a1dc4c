import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { TEST_PATIENCE } from "#test/support/harness/patience.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

/** An alert as someone's rules would raise it. `name` and `labels` make it what it is. */
export type TestAlert = {
  readonly name: string;
  readonly severity: string;
  readonly service?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly summary?: string;
};

/** A monitoring system in front of Muster. */
export type AlertSender = {
  /** Reports these as firing, as one group. Answers the HTTP statuses it took, the last being 202. */
  fire(...alerts: readonly TestAlert[]): Promise<readonly number[]>;
  /** Reports these as resolved. */
  resolve(...alerts: readonly TestAlert[]): Promise<readonly number[]>;
};

/** `patience`: ms for which it tries again on a broken connection (status 0) or a 5xx, as Alertmanager does; 0: it does not. */
export type SenderOptions = {
  readonly url: () => string;
  readonly token?: string;
  readonly patience?: number;
  readonly receiver?: string;
};

export const labelsOf = ({ name, severity, service = "order-service", labels }: TestAlert): Record<string, string> => ({
  alertname: name,
  severity,
  service,
  ...labels,
});

export const fingerprintOf = (alert: TestAlert): string =>
  createHash("sha256")
    .update(JSON.stringify(labelsOf(alert)))
    .digest("hex")
    .slice(0, 16);

/** A sender that speaks like Alertmanager. */
export function createAlertSender({
  url,
  token,
  patience: timeoutMs = 0,
  receiver = "muster",
}: SenderOptions): AlertSender {
  const began = new Map<string, string>();
  const send = async (body: string): Promise<readonly number[]> => {
    const statuses: number[] = [];
    const deadline = wallClock() + timeoutMs * TEST_PATIENCE;
    for (let wait = 50; ; wait = Math.min(wait * 1.5, 500)) {
      const { status, reply } = await postOnce(url(), body, token);
      statuses.push(status);
      if (status === 202) return statuses;
      if ((status !== 0 && status < 500) || wallClock() >= deadline)
        throw new Error(`Muster answered ${statuses.join(", ")}: ${reply}`);
      await sleep(wait);
    }
  };
  return {
    fire: (...alerts) => send(payloadOf("firing", alerts, receiver, began)),
    resolve: (...alerts) => send(payloadOf("resolved", alerts, receiver, began)),
  };
}

/** The body of a webhook. `began`: since when each alert fires, by its fingerprint; it is kept up to date. */
function payloadOf(
  status: "firing" | "resolved",
  alerts: readonly TestAlert[],
  receiver: string,
  began: Map<string, string>,
): string {
  return JSON.stringify({
    version: "4",
    receiver,
    status,
    groupKey: `{}:{alertname="${alerts[0]?.name ?? ""}"}`,
    truncatedAlerts: 0,
    groupLabels: { alertname: alerts[0]?.name ?? "" },
    commonLabels: {},
    commonAnnotations: {},
    externalURL: "http://alertmanager.example:9093",
    alerts: alerts.map((alert) => {
      const fingerprint = fingerprintOf(alert);
      const startsAt = began.get(fingerprint) ?? new Date(wallClock()).toISOString();
      if (status === "firing") began.set(fingerprint, startsAt);
      else began.delete(fingerprint);
      return {
        status,
        labels: labelsOf(alert),
        annotations: { summary: alert.summary ?? `${alert.name} on ${alert.service ?? "order-service"}` },
        startsAt,
        endsAt: status === "firing" ? "0001-01-01T00:00:00Z" : new Date(wallClock()).toISOString(),
        generatorURL: "http://prometheus.example:9090/graph?g0.expr=up",
        fingerprint,
      };
    }),
  });
}

async function postOnce(
  url: string,
  body: string,
  token: string | undefined,
): Promise<{ readonly status: number; readonly reply: string }> {
  const headers = {
    "content-type": "application/json",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  try {
    const response = await fetch(`${url}/webhooks/alertmanager`, {
      method: "POST",
      headers,
      body,
      signal: AbortSignal.timeout(10_000),
    });
    return { status: response.status, reply: await response.text() };
  } catch (error) {
    return { status: 0, reply: String(error) };
  }
}
