import { startHttpDouble } from "#test/support/doubles/http-double.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

/** The world that runs act on, which remembers what reached it, no matter who has died since. */
export type TargetServer = {
  readonly port: number;
  /** The Idempotency-Keys of what was posted to /effects/NAME, in order. */
  readonly effects: Map<string, string[]>;
  /** Queries that Prometheus was asked. */
  readonly asked: string[];
  /** Called when something has arrived (and counts), before it is answered. */
  arrives: (what: string) => void;
  close(): Promise<void>;
};

/** The server that steps act on. As Prometheus it answers 0.5 to every query. */
export async function startTargetServer(): Promise<TargetServer> {
  const effects = new Map<string, string[]>();
  const asked: string[] = [];
  const world = { effects, asked, arrives: (() => {}) as TargetServer["arrives"] };
  const { url, close } = await startHttpDouble((request, response, text) => {
    const [, kind, name = ""] = (request.url ?? "").split("/");
    if (kind === "effects") {
      effects.set(name, [...(effects.get(name) ?? []), String(request.headers["idempotency-key"])]);
      world.arrives(`effects/${name}`);
      return void response.writeHead(200, { "content-type": "application/json" }).end("{}");
    }
    const query = new URLSearchParams(text).get("query") ?? "";
    asked.push(query);
    world.arrives(query);
    const result = [{ metric: {}, value: [wallClock() / 1_000, "0.5"] }];
    response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
  });
  return Object.assign(world, { port: Number(new URL(url).port), close });
}

/** A runbook about a service, with these steps. */
export function aChaosRunbook(alertname: string, steps: string): string {
  return `---
id: chaos
title: Chaos
owner: orders
match: ['alertname="${alertname}"']
params:
  service: { from: labels.service, pattern: '^[a-z0-9-]{1,40}$' }
mode: approve
limits: { lock: chaos/$service, cooldown: 1s, maxRuns: 100/24h, maxTargets: 50 }
escalate: { after: 10m, to: orders }
---
# Chaos

## What's happening

The process dies.

${steps}

## Verify

\`\`\`yaml verify
promql: latency{service="$service"} < 1
for: 1s
within: 30s
alertResolved: false
\`\`\`
`;
}
