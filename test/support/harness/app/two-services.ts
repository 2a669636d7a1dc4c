import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { startApp, type TestApp } from "./test-app.ts";

/** An application with two open incidents: a P1 of order-service and a P3 of search. Its API takes the token `secret`. */
export async function startTwoServices(): Promise<TestApp> {
  const app = await startApp({ settings: { MUSTER_API_TOKENS: "secret" } });
  for (const [service, severity] of [
    ["order-service", "P1"],
    ["search", "P3"],
  ] as const)
    await app.fires(
      { alertname: "HighLatency", service, severity },
      { startsAt: NOW - MINUTE, summary: `latency of ${service}` },
    );
  return app;
}
