import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { wallClock } from "#test/support/harness/test-clock.ts";

/** What a policy has of the order service: where it runs, its database and its queue. */
export const ORDER_INVENTORY = {
  services: { "order-service": { namespace: "shop", deployment: "order-service", oncall: "@orders" } },
  postgres: { orders: {} },
  queues: { orders: { namespace: "shop", deployment: "order-worker", oncall: "@orders" } },
};

/** What a service and a replica report of themselves, and an hour ago. */
export function startOrderExporter(): Promise<{
  readonly target: string;
  readonly now: { sick: boolean; lag: number };
  close(): void;
}> {
  const now = { sick: true, lag: 45 };
  const counted = { requests: 0, errors: 0, seconds: 0 };
  const server = createServer((_, response) => {
    // 15 in 100 fail and each takes 8.5 s; when it is well, so many are quick that the average of two minutes is soon good.
    counted.requests += now.sick ? 100 : 100_000;
    counted.errors += now.sick ? 15 : 0;
    counted.seconds += now.sick ? 850 : 1_000;
    const service = 'service="order-service"';
    response.end(
      `db_client_connections_usage{${service},state="used"} ${now.sick ? 485 : 40}
db_client_connections_max{${service}} 500
http_requests_total{${service},code="200"} ${counted.requests - counted.errors}
http_requests_total{${service},code="500"} ${counted.errors}
http_request_duration_seconds_sum{${service}} ${counted.seconds}
http_request_duration_seconds_count{${service}} ${counted.requests}
pg_replication_lag_seconds{cluster="orders"} ${now.lag}
`,
    );
  });
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () =>
      resolve({ target: `127.0.0.1:${(server.address() as AddressInfo).port}`, now, close: () => void server.close() }),
    ),
  );
}

/** As much traffic an hour ago as now: 500 requests a second. */
export function trafficAnHourAgo(): string {
  const at = Math.floor(wallClock() / 1_000) - 70 * 60;
  const samples = Array.from(
    { length: 50 },
    (_, i) => `http_requests_total{service="order-service",code="200"} ${i * 7_500} ${at + i * 15}`,
  );
  return `# HELP http_requests_total Requests\n# TYPE http_requests_total counter\n${samples.join("\n")}\n# EOF\n`;
}
