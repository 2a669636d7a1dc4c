import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { describeLive, newDatabase } from "#test/support/harness/servers/live.ts";
import {
  dryPages,
  errorsIn,
  type MusterOptions,
  type MusterProcess,
  startMuster,
} from "#test/support/harness/processes/muster-process.ts";
import type { ServerName } from "#test/support/harness/servers/servers.ts";
import { createAlertSender, type TestAlert } from "#test/support/harness/processes/alert-sender.ts";
import {
  clickCard,
  expectNoViolations,
  slackFindings,
  readIncident,
  readIncidents,
  readMetric,
  type LiveMode,
  waitForChannel,
  waitForStatus,
  startLiveSetup,
  waitUntilSettled,
  type LiveSetup,
  timelineOf,
} from "#test/support/harness/processes/live-setup.ts";
import { freePort, waitFor } from "#test/support/harness/wait-until.ts";

const NEEDS: Readonly<Record<LiveMode, readonly ServerName[]>> = {
  embedded: [],
  postgres: ["postgres"],
  redis: ["postgres", "redis"],
};
const MODES: readonly LiveMode[] = ["embedded", "postgres", "redis"];

const latency: TestAlert = { name: "HighLatency", severity: "P2", summary: "Latency above 5 s" };
const errors: TestAlert = { name: "HighErrorRate", severity: "P1", summary: "Error rate 15 %" };

/** A quarter of them call people, the rest is for the log of the team. */
const burst = (size: number): TestAlert[] =>
  Array.from({ length: size }, (_, i): TestAlert => ({ name: `Disk${i}Full`, severity: "P3", service: `disk-${i}` }));

for (const mode of MODES) {
  describeLive(`Muster on ${mode}`, NEEDS[mode], () => {
    let stage: LiveSetup;
    let muster: MusterProcess;
    let options: MusterOptions;
    beforeAll(async () => {
      // An empty database, as at the first start.
      stage = await startLiveSetup(mode, mode === "embedded" ? {} : { database: await newDatabase() });
      options = { env: stage.env, port: await freePort(), dataDir: temporaryDirectory("data") };
      muster = await startMuster(options);
      await muster.ready();
    });
    afterAll(async () => {
      await muster.kill();
      await stage.close();
    });

    test("an alert becomes an incident with a channel, a pinned card, a topic, two announcements, and one page", async () => {
      expect(await muster.fire(latency)).toEqual([202]);
      expect(await waitForChannel(muster)).toMatchObject({
        status: "triggered",
        priority: "P2",
        alerts: { total: 1, firing: 1 },
        pages: [{ to: "Alice", status: "sent" }],
      });
      expect(await slackFindings(stage)).toEqual({
        channels: 1,
        headers: 1,
        pinned: [expect.stringContaining("INC-1 P2 triggered")],
        announced: [expect.stringContaining("INC-1 P2 triggered")],
        announcedToTeam: [expect.stringContaining("INC-1 P2 triggered")],
        drafts: 0,
        topic: expect.stringContaining("P2 (SEV-2) · IC: unassigned"),
        members: ["alice", "bob", "charlie"],
        bookmarks: 4,
        twice: [],
      });
      expect(dryPages(muster.log)).toMatchObject([{ to: "Alice", priority: "P2" }]);
    });

    test("the same alert received again changes nothing", async () => {
      const before = await timelineOf(muster);
      const posts = stage.slack.callsOf("chat.postMessage").length;
      expect(await muster.fire(latency)).toEqual([202]);
      await waitUntilSettled(muster);
      expect(await timelineOf(muster)).toEqual(before);
      expect(stage.slack.callsOf("chat.postMessage")).toHaveLength(posts);
      expect(dryPages(muster.log)).toHaveLength(1);
    });

    test("a more urgent alert of the same service raises it, and pages again", async () => {
      await muster.fire(errors);
      await waitFor(async () => (await readIncident(muster))?.priority === "P1", { what: "P1" });
      await waitUntilSettled(muster);
      expect(await readIncidents(muster)).toHaveLength(1);
      expect(dryPages(muster.log)).toMatchObject([{ priority: "P2" }, { to: "Alice", priority: "P1" }]);
      expect(await slackFindings(stage)).toMatchObject({
        channels: 1,
        headers: 1,
        pinned: [expect.stringContaining("INC-1 P1 triggered")],
        announced: [expect.stringContaining("P1")],
      });
    });

    test("the first click acknowledges it, and the next gets a private answer", async () => {
      expect((await clickCard(stage, muster, "Acknowledge", "alice")).status).toBe(200);
      const click = await clickCard(stage, muster, "Take command", "alice");
      await waitUntilSettled(muster);
      expect(await readIncident(muster)).toMatchObject({
        status: "acknowledged",
        roles: { commander: { name: "Alice" } },
      });
      // Slack delivers a click again when it did not get our answer; and Bob's client still shows the button.
      expect((await stage.slack.redeliver(click)).status).toBe(200);
      const late = await stage.slack.click({
        as: stage.slack.people.bob.id,
        actionId: "role.claim.commander",
        value: "1",
        channelId: (await readIncident(muster))?.channel?.id ?? "",
        messageTs: "1.1",
        url: muster.url,
        signingSecret: "live-signing-secret",
      });
      expect(late.status).toBe(200);
      // To the address that came with his click, which only he reads.
      const answers = await waitFor(
        () => (stage.slack.callsOf("response_url").length > 0 ? stage.slack.callsOf("response_url") : null),
        {
          what: "the answer to Bob",
        },
      );
      await waitUntilSettled(muster);
      expect(answers).toMatchObject([
        { body: { response_type: "ephemeral", text: expect.stringContaining("Alice is Incident Commander") } },
      ]);
      expect(
        (await timelineOf(muster)).map(({ type }) => type).filter((type) => /^role|refused|acknowledged/.test(type)),
      ).toEqual(["incident.acknowledged", "role.assigned", "command.refused"]);
    });

    test("a click without Slack's signature changes nothing", async () => {
      const before = await timelineOf(muster);
      const forged = await stage.slack.click({
        as: stage.slack.people.bob.id,
        actionId: "incident.mitigate",
        value: "1",
        channelId: (await readIncident(muster))?.channel?.id ?? "",
        messageTs: "1.1",
        url: muster.url,
        signingSecret: "guessed",
      });
      expect(forged.status).toBe(401);
      await waitFor(
        () =>
          muster.log.some(
            ({ level, door, msg }) =>
              level === "warn" && door === "slack" && String(msg).includes("a wrong or missing signature"),
          ),
        { what: "the log to tell of it" },
      );
      await waitUntilSettled(muster);
      expect(await timelineOf(muster)).toEqual(before);
    });

    test("when its alerts are quiet it resolves, and the postmortem draft is in the channel", async () => {
      await muster.resolve(latency);
      await muster.resolve(errors);
      await waitForStatus(muster, "resolved");
      expect(await slackFindings(stage)).toMatchObject({
        channels: 1,
        headers: 1,
        drafts: 1,
        pinned: [expect.stringContaining("resolved")],
        announced: [expect.stringContaining("resolved")],
        twice: [],
      });
      const [draft] = await stage.slack.files((await readIncident(muster))?.channel?.id ?? "");
      expect(draft?.text).toContain("# INC-1");
    });

    test("its timeline is complete, in order, and without repeats", async () => {
      const types = (await timelineOf(muster)).map(({ type }) => type);
      expect(types.toSorted()).toEqual(
        [
          "incident.opened",
          "alerts.fired",
          "page.requested",
          "page.sent",
          "channel.opened",
          "alerts.fired",
          "priority.changed",
          "page.requested",
          "page.sent",
          "escalation.armed",
          "escalation.armed",
          "incident.acknowledged",
          "role.assigned",
          "command.refused",
          "alerts.resolved",
          "alerts.resolved",
          "quiet.began",
          "incident.resolved",
          "draft.posted",
        ].toSorted(),
      );
      expect(types[0]).toBe("incident.opened");
      expect(types.at(-1)).toBe("draft.posted");
    });

    test("health and metrics report its state", async () => {
      for (const path of ["live", "startup"]) expect(await muster.api(`/health/${path}`)).toEqual({ healthy: true });
      expect(await muster.api("/health/ready")).toMatchObject({
        healthy: true,
        degraded: false,
        checks: { database: { healthy: true }, queue: { healthy: true }, slack: { healthy: true } },
      });
      expect(await readMetric(muster, "muster_http_requests_total", 'door="alertmanager"', 'status="202"')).toBe(5);
      expect(
        await readMetric(muster, "muster_effects_total", 'type="page.trigger"', 'outcome="done"'),
      ).toBeGreaterThanOrEqual(2);
      expect(
        await readMetric(muster, "muster_slack_calls_total", 'method="conversations.create"', 'outcome="ok"'),
      ).toBe(1);
      expect(await readMetric(muster, "muster_incidents_open")).toBe(0);
      // Its channel is put away later, and its postmortem asked for.
      expect((await muster.get("/metrics")).text).toContain('muster_queue_depth{lane="timers"} 2');
      expect(errorsIn(muster.log)).toEqual([]);
    });

    test("stops in time in the middle of a burst, and the next process loses nothing", async () => {
      const sender = createAlertSender({ url: () => muster.url, patience: 90_000 });
      const alerts = burst(60);
      const sending = Promise.all(alerts.map((alert) => sender.fire(alert)));
      await waitFor(async () => (await readIncidents(muster)).length > 1, { what: "the burst to arrive" });
      expect(await muster.stop()).toBeLessThan(10_000);
      expect(muster.stderr()).toBe("");
      muster = await startMuster(options);
      await muster.ready();
      await sending;
      await waitUntilSettled(muster);
      const ids = (await readIncidents(muster)).map(({ id }) => id);
      expect(new Set(ids)).toEqual(new Set(Array.from({ length: 61 }, (_, i) => `INC-${i + 1}`)));
      expect(await muster.api("/api/alerts?status=firing&limit=500").then(({ alerts: all }) => all)).toHaveLength(60);
      expect(dryPages(muster.log)).toEqual([]);
      expect((await stage.slack.channels()).filter(({ name }) => name.startsWith("inc-"))).toHaveLength(1);
      expectNoViolations(stage);
    });

    if (mode === "embedded")
      test("a second process shares the embedded database, and has it when the first was killed", async () => {
        const second = await startMuster({ ...options, port: await freePort() });
        await second.ready();
        const before = await readIncidents(muster);
        expect(await readIncidents(second)).toEqual(before);
        await muster.kill();
        const answers = async (): Promise<boolean> => (await readIncidents(second)).length === before.length;
        await waitFor(answers, { what: "the second process to start the server again", timeoutMs: 30_000 });
        await second.stop();
        muster = await startMuster(options);
        await muster.ready();
      });
    else
      test("web and worker share the work, each in a process of its own", async () => {
        const shared = await startLiveSetup(mode);
        const [web, worker] = await Promise.all([
          startMuster({ env: shared.env, role: "web" }),
          startMuster({ env: shared.env, role: "worker" }),
        ]);
        await Promise.all([web.ready(), worker.ready()]);
        await web.fire(errors);
        await waitForChannel(web);
        expect(await slackFindings(shared)).toMatchObject({
          channels: 1,
          headers: 1,
          twice: [],
          announced: [expect.any(String)],
        });
        expect(dryPages(worker.log)).toMatchObject([{ to: "Alice", priority: "P1" }]);
        expect(dryPages(web.log)).toEqual([]);
        await expect(worker.fire(errors)).rejects.toThrow("404");
        await clickCard(shared, web, "Take command", "bob");
        await waitFor(async () => (await slackFindings(shared)).pinned[0]?.includes("commander Bob"), {
          what: "the worker to show what was clicked at the web",
        });
        await Promise.all([web.stop(), worker.stop()]);
        expectNoViolations(shared);
        await shared.close();
      });
  });
}
