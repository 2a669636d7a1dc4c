import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
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
  /** Tells that these fire, as one group. Answers the HTTP statuses it took, the last being 202. */
  fire(...alerts: readonly TestAlert[]): Promise<readonly number[]>;
  /** Tells that these are over. */
  resolve(...alerts: readonly TestAlert[]): Promise<readonly number[]>;
};

/** `patience`: ms for which it tries again on a broken connection (told as 0) or a 5xx, as Alertmanager does; 0: it does not. */
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

  const payload = (status: "firing" | "resolved", alerts: readonly TestAlert[]): string =>
    JSON.stringify({
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

  const once = async (body: string): Promise<{ readonly status: number; readonly said: string }> => {
    const headers = {
      "content-type": "application/json",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    try {
      const response = await fetch(`${url()}/webhooks/alertmanager`, {
        method: "POST",
        headers,
        body,
        signal: AbortSignal.timeout(10_000),
      });
      return { status: response.status, said: await response.text() };
    } catch (error) {
      return { status: 0, said: String(error) };
    }
  };

  const send = async (body: string): Promise<readonly number[]> => {
    const statuses: number[] = [];
    const deadline = wallClock() + timeoutMs;
    for (let wait = 50; ; wait = Math.min(wait * 1.5, 500)) {
      const { status, said: reply } = await once(body);
      statuses.push(status);
      if (status === 202) return statuses;
      if ((status !== 0 && status < 500) || wallClock() >= deadline)
        throw new Error(`Muster answered ${statuses.join(", ")}: ${reply}`);
      await sleep(wait);
    }
  };

  return {
    fire: (...alerts) => send(payload("firing", alerts)),
    resolve: (...alerts) => send(payload("resolved", alerts)),
  };
}
