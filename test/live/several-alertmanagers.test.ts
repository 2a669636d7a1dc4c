import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { loadAlertSources } from "#db/watch/alert-sources.ts";
import { withClusters, type PolledSource } from "#domain/alerting/alert-attribution.ts";
import type { WebhookBody } from "#domain/deliveries/alertmanager-body.ts";
import { createAlertSource } from "#integrations/alertmanager/alertmanager-source.ts";
import type { AlertSource } from "#ports/alert-source.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { startAlertmanager } from "#test/support/harness/servers/alertmanager.ts";
import { describeLive } from "#test/support/harness/servers/live.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { freePort, waitFor } from "#test/support/harness/wait-until.ts";

/** Keeps what is delivered to it. */
async function startReceiver(): Promise<{ url: string; bodies: WebhookBody[]; close: () => void }> {
  const bodies: WebhookBody[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      bodies.push(JSON.parse(text) as WebhookBody);
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, close };
}

/** How far our clock is behind that of the machine on which the Alertmanagers run. */
const BEHIND_MS = 90_000;

const labelsOf = (cluster: string) => ({ alertname: "Down", cluster, service: `${cluster}-service`, severity: "P0" });

describeLive("Two real Alertmanagers", ["alertmanager"], () => {
  test("of two clusters: each ends the alerts that it delivered, and none of the other's", async () => {
    const receiver = await startReceiver();
    const [a, b] = await Promise.all(["a", "b"].map(() => startAlertmanager({ webhookUrl: receiver.url })));
    const rig = await EngineHarness.open();
    const monitorsFor = async (minutes: number, ...sources: readonly AlertSource[]) => {
      for (let i = 0; i < minutes; i++) {
        rig.now += 60_000;
        await rig.monitorsStaleness(...sources);
      }
    };
    const firing = async () =>
      Object.fromEntries((await rig.incidents()).map(({ route, alerts }) => [route.service, alerts.firing]));
    try {
      await rig.reset();
      // Our clock is behind theirs: every start that they report lies ahead of it.
      rig.now = wallClock() - BEHIND_MS;
      await a!.fire(labelsOf("a"));
      await b!.fire(labelsOf("b"));
      await waitFor(() => Promise.resolve(receiver.bodies.length === 2), { what: "both deliveries" });
      // They call themselves by the name of the machine: not by the address at which they are asked.
      const externalUrls = new Map(
        receiver.bodies.map(({ externalURL, alerts }) => [alerts[0]!.labels["cluster"], externalURL]),
      );
      for (const body of receiver.bodies) await rig.receives(body);
      await rig.settles();
      const [askA, askB] = [createAlertSource(a!.url), createAlertSource(b!.url)];
      await monitorsFor(1, askA, askB);
      expect(new Map((await loadAlertSources(rig.connection.db)).map((each) => [each.url, each.externalUrls]))).toEqual(
        new Map([
          [a!.url, [a!.url, externalUrls.get("a")]],
          [b!.url, [b!.url, externalUrls.get("b")]],
        ]),
      );
      await b!.resolve(labelsOf("b"));
      await waitFor(async () => (await askB.active()).firing.size === 0, { what: "the end of the alert of b" });
      await monitorsFor(30, askA);
      expect(await firing()).toEqual({ "a-service": 1, "b-service": 1 });
      await monitorsFor(20, askA, askB);
      expect(await firing()).toEqual({ "a-service": 1, "b-service": 0 });
    } finally {
      await Promise.all([a!.stop(), b!.stop(), rig.close()]);
      receiver.close();
    }
  });

  test("of one cluster are seen to be peers", async () => {
    const ports = await Promise.all([freePort(), freePort()]);
    const listens = ports.map((port) => `127.0.0.1:${port}`);
    const first = await startAlertmanager({
      webhookUrl: "http://127.0.0.1:9/unused",
      cluster: { listen: listens[0]! },
    });
    const second = await startAlertmanager({
      webhookUrl: "http://127.0.0.1:9/unused",
      cluster: { listen: listens[1]!, peer: listens[0]! },
    });
    try {
      const clusters = async (): Promise<readonly string[]> => {
        const polled = await Promise.all(
          [first, second].map(async ({ url }): Promise<PolledSource> => ({
            url,
            cluster: url,
            externalUrls: [url],
            answer: await createAlertSource(url).active(),
          })),
        );
        return withClusters(polled).map(({ cluster }) => cluster);
      };
      await waitFor(async () => new Set(await clusters()).size === 1, { what: "one cluster", timeoutMs: 30_000 });
    } finally {
      await Promise.all([first.stop(), second.stop()]);
    }
  });
});
