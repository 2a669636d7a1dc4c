import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { createAlertSource } from "#integrations/alertmanager/alertmanager-source.ts";
import { startAlertmanager } from "#test/support/harness/servers/alertmanager.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { describeLive } from "#test/support/harness/servers/live.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

describeLive("a real Alertmanager", ["alertmanager"], () => {
  test("lists firing alerts, silenced ones too, and drops resolved ones", async () => {
    const alertmanager = await startAlertmanager({ webhookUrl: "http://127.0.0.1:9/unused" });
    try {
      const source = createAlertSource(alertmanager.url);
      const empty = await source.active();
      expect(empty.firing).toEqual(new Map());
      // It writes when it was started, not for how long it has been up.
      expect(Math.abs(empty.upSince - wallClock())).toBeLessThan(60_000);
      await alertmanager.fire({ alertname: "A", service: "orders" });
      await alertmanager.fire({ alertname: "B", service: "orders" });
      const both = await source.active();
      expect(both.firing.size).toBe(2);
      expect(both.upSince).toBe(empty.upSince);

      const silence = {
        matchers: [{ name: "alertname", value: "A", isRegex: false, isEqual: true }],
        startsAt: new Date(wallClock()).toISOString(),
        endsAt: new Date(wallClock() + 3_600_000).toISOString(),
        createdBy: "alice",
        comment: "known",
      };
      const answer = await fetch(`${alertmanager.url}/api/v2/silences`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(silence),
      });
      expect(answer.status).toBe(200);
      await waitFor(
        async () => [...(await source.active()).firing.values()].filter(({ suppressed }) => suppressed).length === 1,
        {
          what: "one silenced alert",
        },
      );
      expect([...(await source.active()).firing.keys()].toSorted()).toEqual([...both.firing.keys()].toSorted());

      await alertmanager.resolve({ alertname: "A", service: "orders" });
      const left = await waitFor(
        async () => (({ firing }) => (firing.size === 1 ? firing : null))(await source.active()),
        { what: "one alert left" },
      );
      expect([...both.firing.keys()]).toEqual(expect.arrayContaining([...left.keys()]));
    } finally {
      await alertmanager.stop();
    }
  });
});

test("a plain message describes an unreachable Alertmanager, or a server that is not one", async () => {
  await expect(createAlertSource("http://127.0.0.1:9").active()).rejects.toThrow(
    "Alertmanager cannot be reached at http://127.0.0.1:9",
  );
});

describe("a partial answer is refused:", () => {
  const alerts = JSON.stringify([
    { fingerprint: "f", startsAt: "2026-11-21T14:31:30.123Z", status: { state: "active" } },
  ]);
  const status = JSON.stringify({ uptime: "2026-11-21T14:00:00Z" });
  const cases: readonly [string, Record<string, string | undefined>, string][] = [
    ["a list without a status", { "/api/v2/alerts": alerts }, "HTTP 404"],
    ["a status without a list", { "/api/v2/status": status }, "HTTP 404"],
    [
      "a status that says nothing about its start",
      { "/api/v2/alerts": alerts, "/api/v2/status": "{}" },
      "Alertmanager's status is not what its API promises",
    ],
    [
      "a start that is no instant",
      { "/api/v2/alerts": alerts, "/api/v2/status": '{"uptime":"24h"}' },
      "Alertmanager's status is not",
    ],
    [
      "a page of some proxy",
      { "/api/v2/alerts": "<html>", "/api/v2/status": status },
      "Alertmanager's list of alerts is not",
    ],
  ];
  test.each(cases)("%s", async (_, answers, reason) => {
    await expect(requests(answers)).rejects.toThrow(reason);
  });

  test("the peers of a cluster are read from the status", async () => {
    const clustered = JSON.stringify({
      uptime: "2026-11-21T14:00:00Z",
      cluster: { status: "ready", name: "one", peers: [{ name: "one", address: "10.0.0.1:9094" }, { name: "two" }] },
    });
    expect(await requests({ "/api/v2/alerts": alerts, "/api/v2/status": clustered })).toMatchObject({
      peers: ["one", "two"],
    });
  });

  test("the list is asked for first, so that a restart in between makes it look younger, never older", async () => {
    const paths: string[] = [];
    expect(await requests({ "/api/v2/alerts": alerts, "/api/v2/status": status }, paths)).toEqual({
      upSince: Date.parse("2026-11-21T14:00:00Z"),
      firing: new Map([["f", { startsAt: Date.parse("2026-11-21T14:31:30.123Z"), suppressed: false }]]),
    });
    expect(paths).toEqual(["/api/v2/alerts", "/api/v2/status"]);
  });

  async function requests(answers: Record<string, string | undefined>, paths: string[] = []): Promise<unknown> {
    const server = createServer(({ url = "" }, response) => {
      paths.push(url);
      response.writeHead(answers[url] === undefined ? 404 : 200).end(answers[url]);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      return await createAlertSource(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).active();
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }
});
