import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { AlertBody } from "#test/support/builders/webhooks.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { describeLive } from "#test/support/harness/servers/live.ts";
import { errorsIn, startMuster } from "#test/support/harness/processes/muster-process.ts";
import { freePort, startAlertmanager, waitFor } from "#test/support/harness/servers/servers.ts";
import {
  expectNoViolations,
  slackFindings,
  readIncident,
  readIncidents,
  waitForChannel,
  waitForStatus,
  startLiveSetup,
  waitUntilSettled,
  timelineOf,
} from "#test/support/harness/processes/live-setup.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

const labels = { alertname: "HighErrorRate", severity: "P1", service: "order-service" };
const annotations = { summary: "Error rate 15 %" };
const TOKEN = "alertmanager-token";

type Spoiler = {
  readonly url: string;
  /** The fingerprints that Alertmanager sent, by instance, and what Muster answered. */
  readonly sent: Map<string, string>;
  readonly answers: { readonly status: number; readonly body: unknown }[];
  stop(): void;
};

/** A proxy in front of a webhook that packs what it passes on, and spoils the alerts of two instances. */
async function startSpoiler(target: () => string): Promise<Spoiler> {
  const sent = new Map<string, string>();
  const answers: { readonly status: number; readonly body: unknown }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { alerts: AlertBody[] };
      const alerts = body.alerts.map((alert) => {
        const { instance = "" } = alert.labels;
        sent.set(instance, alert.fingerprint);
        const { fingerprint: _, ...nameless } = alert;
        return instance === "nameless" ? nameless : instance === "odd" ? { ...alert, status: "odd" } : alert;
      });
      void fetch(target(), {
        method: "POST",
        body: gzipSync(JSON.stringify({ ...body, alerts })),
        headers: { "content-type": "application/json", "content-encoding": "gzip" },
      }).then(async (answer) => {
        const text = await answer.text();
        answers.push({ status: answer.status, body: JSON.parse(text) });
        response.writeHead(answer.status).end(text);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, sent, answers, stop: () => server.closeAllConnections() };
}

describeLive(
  "Behind a real Alertmanager",
  ["postgres", "alertmanager"],
  () => {
    test("an alert that fires and resolves is an incident from the page to the draft, with a bearer token", async () => {
      const stage = await startLiveSetup("postgres");
      const muster = await startMuster({
        env: { ...stage.env, MUSTER_WEBHOOK_TOKENS: `old-token,${TOKEN}` },
        victim: { pager: stage.pager.url },
      });
      await muster.ready();
      const alertmanager = await startAlertmanager({ webhookUrl: `${muster.url}/webhooks/alertmanager`, token: TOKEN });
      await alertmanager.fire(labels, annotations, {
        generatorUrl: "http://prometheus.example:9090/graph?g0.expr=errors",
      });
      await waitFor(async () => (await readIncident(muster)) !== null, { what: "the incident" });
      await waitForChannel(muster);
      expect(stage.pager.woken()).toMatchObject([
        { priority: "P1", to: "Alice", incident: "INC-1", summary: "P1 INC-1: order-service: Error rate 15 %" },
      ]);
      await alertmanager.resolve(labels);
      await waitForStatus(muster, "resolved");
      await waitFor(async () => (await timelineOf(muster)).some(({ type }) => type === "draft.posted"), {
        what: "the draft",
      });
      await waitUntilSettled(muster);
      expect(await slackFindings(stage)).toMatchObject({
        channels: 1,
        headers: 1,
        drafts: 1,
        announced: [expect.stringContaining("resolved")],
        twice: [],
      });
      expect(await readIncidents(muster)).toHaveLength(1);
      expect(stage.pager.woken()).toHaveLength(1);
      expect(errorsIn(muster.log)).toEqual([]);
      // Last, as a refused sender is an alert of its own.
      await expect(muster.fire({ name: "Forged", severity: "P0" })).rejects.toThrow("401");
      await Promise.all([muster.stop(), alertmanager.stop()]);
      expectNoViolations(stage);
      await stage.close();
    });

    test("an alert that claims to start tomorrow resolves today", async () => {
      const stage = await startLiveSetup("postgres");
      const muster = await startMuster({ env: stage.env, victim: { pager: stage.pager.url } });
      await muster.ready();
      const alertmanager = await startAlertmanager({ webhookUrl: `${muster.url}/webhooks/alertmanager` });
      const tomorrow = new Date(wallClock() + 86_400_000);
      await alertmanager.fire(labels, annotations, { startsAt: tomorrow, endsAt: tomorrow });
      await waitForChannel(muster);
      await alertmanager.resolve(labels);
      await waitForStatus(muster, "resolved");
      expect(await readIncidents(muster)).toHaveLength(1);
      expect(stage.pager.woken()).toHaveLength(1);
      await Promise.all([muster.stop(), alertmanager.stop()]);
      await stage.close();
    });

    test("a packed delivery of good and spoiled alerts is accepted alert by alert, and what is refused is shown", async () => {
      const stage = await startLiveSetup("postgres");
      const muster = await startMuster({ env: stage.env, victim: { pager: stage.pager.url } });
      await muster.ready();
      const spoiler = await startSpoiler(() => `${muster.url}/webhooks/alertmanager`);
      const alertmanager = await startAlertmanager({ webhookUrl: spoiler.url });
      const instances = ["good", "nameless", "odd"];
      await alertmanager.fireAll(
        instances.map((instance) => ({ ...labels, instance })),
        annotations,
      );
      await waitForChannel(muster);
      expect(spoiler.answers[0]).toMatchObject({
        status: 202,
        body: { accepted: 2, refused: 1, errors: [expect.stringContaining('status: expected "firing" or "resolved"')] },
      });
      expect(await readIncident(muster)).toMatchObject({ alerts: { total: 2, firing: 2 } });
      const { alerts } = (await muster.api("/api/alerts")) as {
        alerts: { fingerprint: string; labels: Record<string, string> }[];
      };
      const ours = alerts.filter((alert) => alert.labels["service"] === "order-service");
      expect(new Map(ours.map(({ labels: { instance }, fingerprint }) => [instance, fingerprint]))).toEqual(
        new Map(["good", "nameless"].map((instance) => [instance, spoiler.sent.get(instance)])),
      );
      await waitFor(async () => (await readIncidents(muster)).length === 2, { what: "the alert about the sender" });
      expect(await muster.api("/api/refusals")).toMatchObject({
        total: 1,
        senders: [{ source: "alertmanager", sender: "127.0.0.1", status: 202 }],
        alerts: [{ field: "status", summary: expect.stringContaining("instance=odd") as string }],
      });
      expect(await (await fetch(`${muster.url}/metrics`)).text()).toMatch(/^muster_alerts_refused 1$/m);
      await Promise.all([muster.stop(), alertmanager.stop()]);
      spoiler.stop();
      await stage.close();
    });

    test("an alert raised while Muster is down arrives when it is back", async () => {
      const stage = await startLiveSetup("postgres");
      const port = await freePort();
      const alertmanager = await startAlertmanager({ webhookUrl: `http://127.0.0.1:${port}/webhooks/alertmanager` });
      await alertmanager.fire(labels, annotations);
      // Alertmanager has tried and failed before there is anyone to answer.
      const failures = async (): Promise<boolean> =>
        /alertmanager_notification_requests_failed_total\{integration="webhook"[^}]*\} [1-9]/.test(
          await (await fetch(`${alertmanager.url}/metrics`)).text(),
        );
      await waitFor(failures, { what: "Alertmanager to fail once", timeoutMs: 20_000, everyMs: 100 });
      const muster = await startMuster({ env: stage.env, port, victim: { pager: stage.pager.url } });
      await muster.ready();
      await waitFor(async () => (await readIncident(muster)) !== null, {
        what: "the alert to arrive",
        timeoutMs: 30_000,
      });
      await waitForChannel(muster);
      expect(await readIncidents(muster)).toHaveLength(1);
      expect(stage.pager.woken()).toHaveLength(1);
      await Promise.all([muster.stop(), alertmanager.stop()]);
      expectNoViolations(stage);
      await stage.close();
    });

    test("the same alert through two receivers, of two Alertmanagers, is one incident with one page", async () => {
      const stage = await startLiveSetup("postgres");
      const muster = await startMuster({
        env: stage.env,
        victim: { pager: stage.pager.url },
        dataDir: temporaryDirectory("data"),
      });
      await muster.ready();
      const webhookUrl = `${muster.url}/webhooks/alertmanager`;
      const both = await Promise.all(
        ["team.orders", "everything (eu)"].map((receiver) =>
          startAlertmanager({
            webhookUrl,
            receiver,
            groupBy: receiver === "team.orders" ? ["alertname"] : ["service"],
          }),
        ),
      );
      await Promise.all(both.map((alertmanager) => alertmanager.fire(labels, annotations)));
      await waitFor(
        async () => {
          const { alerts } = (await muster.api("/api/alerts")) as { alerts?: { receivers: string[] }[] };
          return alerts?.[0]?.receivers.length === 2;
        },
        { what: "both receivers to have told" },
      );
      await waitForChannel(muster);
      expect(await readIncident(muster)).toMatchObject({ alerts: { total: 1, firing: 1 } });
      await Promise.all(both.map((alertmanager) => alertmanager.resolve(labels)));
      await waitForStatus(muster, "resolved");
      expect(await readIncidents(muster)).toHaveLength(1);
      expect(stage.pager.woken()).toHaveLength(1);
      expect(
        (await timelineOf(muster)).filter(({ type }) => type === "alerts.fired" || type === "alerts.resolved"),
      ).toHaveLength(2);
      expect(await slackFindings(stage)).toMatchObject({ channels: 1, headers: 1, twice: [] });
      await Promise.all([muster.stop(), ...both.map((alertmanager) => alertmanager.stop())]);
      expectNoViolations(stage);
      await stage.close();
    });
  },
  { concurrent: true },
);
