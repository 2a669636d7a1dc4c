import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAlertSender, type TestAlert } from "#test/support/harness/processes/alert-sender.ts";
import {
  clickCard,
  readIncident,
  readIncidents,
  readMetric,
  slackFindings,
  timelineOf,
  waitForChannel,
  waitForStatus,
  waitUntilSettled,
  type LiveSetup,
} from "#test/support/harness/processes/live-setup.ts";
import type { MusterProcess } from "#test/support/harness/processes/muster-process.ts";
import type { TargetServer } from "#test/support/harness/processes/run-chaos.ts";
import { describeLive, newDatabase } from "#test/support/harness/servers/live.ts";
import type { ServerName } from "#test/support/harness/servers/servers.ts";
import { lacksEarlier } from "#test/support/harness/upgrade/earlier-version.ts";
import {
  firstRunState,
  sendVerb,
  startTwoVersions,
  type TwoVersions,
} from "#test/support/harness/upgrade/two-versions.ts";
import { upgradeFixture } from "#test/support/harness/upgrade/upgrade-app.ts";
import { upgradeStory } from "#test/support/harness/upgrade/upgrade-story.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

describeLive("A PostgreSQL database of the earlier version", ["postgres"], () => {
  upgradeStory(async () => {
    const url = await newDatabase();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(upgradeFixture("dump.sql"));
    await client.end();
    return { DATABASE_URL: url };
  });
});

const latency: TestAlert = {
  name: "HighLatency",
  severity: "P2",
  service: "order-service",
  summary: "Latency above 5 s",
};
const errors: TestAlert = {
  name: "HighErrorRate",
  severity: "P1",
  service: "payment-service",
  summary: "Error rate 15 %",
};
const stuck: TestAlert = { name: "Stuck", severity: "P2", service: "mail-service", summary: "Mails wait" };
const disks = (from: number, count: number, severity: string): TestAlert[] =>
  Array.from({ length: count }, (_, i): TestAlert => ({
    name: `Disk${from + i}Full`,
    severity,
    service: `disk-${from + i}`,
  }));

/** Verbs for an open incident. */
const VERBS = [
  "note the pool is exhausted",
  "task ask the bank",
  "task done 1",
  "update we know the cause",
  "severity P0 it grows",
  "severity P1 it was not so bad",
  "title Payments fail",
  "mitigate",
  "undo",
  "mitigate",
];

const missing = lacksEarlier();
const NEEDS: Readonly<Record<"postgres" | "redis", readonly ServerName[]>> = {
  postgres: ["postgres"],
  redis: ["postgres", "redis"],
};

// A deployment runs both for a while: on one database and one queue, each receiving half of the alerts and verbs.
if (missing !== null)
  describe("The earlier version and this one side by side", () =>
    test.skipIf(process.env["CI"] === undefined)(`cannot be tested: ${missing}`, () => expect(missing).toBeNull()));
else {
  for (const mode of ["postgres", "redis"] as const)
    describeLive(`The earlier version and this one side by side on ${mode}`, NEEDS[mode], () => {
      let versions: TwoVersions;
      let stage: LiveSetup;
      let world: TargetServer;
      let earlier: MusterProcess;
      let later: MusterProcess;
      beforeAll(async () => {
        versions = await startTwoVersions(mode);
        ({ stage, world } = versions);
        earlier = await versions.start("earlier");
      });
      afterAll(() => versions.close());
      /** Both answer the same about every incident, except the wording of the timeline. */
      const expectAgreement = async (): Promise<void> => {
        await waitUntilSettled(later);
        const all = await readIncidents(earlier);
        expect((await readIncidents(later)).map(({ id }) => id)).toEqual(all.map(({ id }) => id));
        for (let number = 1; number <= all.length; number++) {
          const id = `INC-${number}`;
          expect(await later.api(`/api/incidents/${id}`), id).toMatchObject(await earlier.api(`/api/incidents/${id}`));
          const were = await timelineOf(earlier, number);
          expect(await timelineOf(later, number), id).toMatchObject(
            were.map((entry) => ({ ...entry, summary: expect.any(String) as string })),
          );
          if (all.find((each) => each.id === id)?.channel != null)
            expect(await slackFindings(stage, number), id).toMatchObject({ twice: [] });
        }
      };

      test("the later version adopts what the earlier one opened, and neither announces it twice", async () => {
        await earlier.fire(latency);
        await waitForChannel(earlier);
        expect((await clickCard(stage, earlier, "Acknowledge", "alice")).status).toBe(200);
        await waitUntilSettled(earlier);
        later = await versions.start("later");
        await expectAgreement();
        expect(await readIncident(later)).toMatchObject({ status: "acknowledged", pages: [{ to: "Alice" }] });
        expect(await slackFindings(stage)).toMatchObject({ channels: 1, headers: 1, twice: [] });
        expect(versions.pagedFor(1)).toEqual(["Alice"]);
      });

      test("they escalate one step at a time, whichever of them applies the timer", async () => {
        await later.fire(errors);
        await waitForChannel(earlier, { number: 2 });
        await waitFor(() => versions.pagedFor(2).length >= 3, { what: "the escalation", timeoutMs: 30_000 });
        expect((await clickCard(stage, earlier, "Acknowledge", "bob", 2)).status).toBe(200);
        await waitFor(async () => (await readIncident(later, 2))?.status === "acknowledged", {
          what: "it to be acknowledged",
        });
        expect(versions.pagedFor(2).toSorted()).toEqual(["Alice", "Bob", "Dana"]);
        const steps = (await timelineOf(earlier, 2)).filter(({ type }) => type === "escalation.advanced");
        expect(steps.map(({ summary }) => /Bob|Dana/.exec(summary)?.[0])).toEqual(["Bob", "Dana"]);
        await expectAgreement();
      });

      test("they apply the verbs that people send to one and then to the other", async () => {
        expect((await clickCard(stage, later, "Take command", "bob", 2)).status).toBe(200);
        await waitUntilSettled(later);
        await sendVerb(earlier, "INC-2 note the pool is exhausted", "Charlie");
        await sendVerb(later, "INC-2 task ask the bank", "Charlie");
        await sendVerb(earlier, "INC-2 mitigate", "Bob");
        await sendVerb(later, "INC-2 undo", "Bob");
        await sendVerb(later, "INC-2 mitigate", "Bob");
        expect(await readIncident(earlier, 2)).toMatchObject({
          status: "mitigated",
          roles: { commander: { name: "Bob" } },
        });
        await expectAgreement();
      });

      test("each resolves what the other received, with one draft", async () => {
        await earlier.resolve(errors);
        await later.resolve(latency);
        await Promise.all([
          waitForStatus(later, "resolved", { number: 1 }),
          waitForStatus(earlier, "resolved", { number: 2 }),
        ]);
        await expectAgreement();
        for (const number of [1, 2])
          expect(await slackFindings(stage, number)).toMatchObject({ channels: 1, headers: 1, drafts: 1, twice: [] });
        const types = (await timelineOf(later, 2)).map(({ type }) => type);
        for (const type of [
          "incident.opened",
          "incident.acknowledged",
          "incident.resolved",
          "draft.posted",
          "channel.opened",
        ])
          expect(
            types.filter((each) => each === type),
            type,
          ).toHaveLength(1);
      });

      test("a run that one of them plans is approved at both and performed once", async () => {
        await later.fire(stuck);
        await waitFor(async () => (await firstRunState(earlier)) === "waiting-approval", {
          what: "the question",
          timeoutMs: 20_000,
        });
        await versions.approveRun(earlier, 1, "alice");
        await versions.approveRun(later, 1, "bob");
        await waitFor(async () => (await firstRunState(later)) === "succeeded", {
          what: "the run to succeed",
          timeoutMs: 30_000,
        });
        await waitForChannel(later, { number: 3 });
        expect(world.effects.get("mail-service")).toHaveLength(1);
        await expectAgreement();
        expect(
          (await timelineOf(earlier, 3)).map(({ type }) => type).filter((type) => /^(?:run|step)\./.test(type)),
        ).toEqual(["run.requested", "run.approved", "run.approved", "run.started", "step.finished", "run.succeeded"]);
      });

      test("a burst that both receive opens one incident for each alert: one channel, one page", async () => {
        const alerts = [...disks(0, 8, "P2"), ...disks(8, 12, "P3")];
        await Promise.all(
          alerts.flatMap((alert, i) => [
            (i % 2 === 0 ? earlier : later).fire(alert),
            (i % 2 === 0 ? later : earlier).fire(alert),
          ]),
        );
        await waitFor(async () => (await readIncidents(earlier)).length === 23, {
          what: "every incident",
          timeoutMs: 30_000,
        });
        await waitFor(
          async () =>
            (await readIncidents(later)).every(({ priority, channel }) => priority === "P3" || channel !== null),
          {
            what: "every channel",
            timeoutMs: 60_000,
          },
        );
        await waitUntilSettled(later, 60_000);
        await expectAgreement();
        const open = (await readIncidents(later))
          .filter(({ priority, status }) => priority === "P2" && status === "triggered")
          .map(({ id }) => Number(id.slice(4)));
        expect(open).toHaveLength(9);
        for (const number of open) {
          expect(versions.pagedFor(number), `INC-${number}`).toEqual(["Alice"]);
          expect(await slackFindings(stage, number), `INC-${number}`).toMatchObject({
            channels: 1,
            headers: 1,
            twice: [],
          });
        }
        for (const muster of [earlier, later])
          expect(await readMetric(muster, "muster_effects_total", 'outcome="done"')).toBeGreaterThan(0);
      });

      test("loses nothing when the earlier version stops during a burst", async () => {
        const sender = createAlertSender({ url: () => later.url, patience: 60_000 });
        const first = createAlertSender({ url: () => earlier.url });
        const sending = disks(20, 10, "P3").map((alert, i) =>
          i % 2 === 0 ? sender.fire(alert) : first.fire(alert).catch(() => sender.fire(alert)),
        );
        await earlier.stop();
        await Promise.all(sending);
        await waitFor(async () => (await readIncidents(later)).length === 33, {
          what: "every incident",
          timeoutMs: 30_000,
        });
        await waitUntilSettled(later, 60_000);
      });

      test("after a rollback the earlier version continues with the later one's data", async () => {
        earlier = await versions.start("earlier");
        await expectAgreement();
        await later.stop();
        expect((await clickCard(stage, earlier, "Acknowledge", "charlie", 3)).status).toBe(200);
        await earlier.resolve(stuck);
        await waitForStatus(earlier, "resolved", { number: 3 });
        expect(await slackFindings(stage, 3)).toMatchObject({ channels: 1, headers: 1, drafts: 1, twice: [] });
        later = await versions.start("later");
        await expectAgreement();
      });

      test("no command or effect failed and no process logged an error", async () => {
        await waitUntilSettled(later);
        await versions.expectNoSelfAlert();
      });
    });
  describeLive("One version receives and the other works", ["postgres"], () => {
    // Neither can do the work of the other: one only receives, the other only works.
    test.each([
      ["earlier", "later"],
      ["later", "earlier"],
    ] as const)("the %s version stores everything, the %s one applies and performs it", async (receives, works) => {
      const versions = await startTwoVersions("postgres");
      try {
        const { stage, world } = versions;
        const [web] = await Promise.all([versions.start(receives, "web"), versions.start(works, "worker")]);
        await web.fire(errors);
        await waitForChannel(web);
        await waitFor(() => versions.pagedFor(1).length >= 3, { what: "the escalation", timeoutMs: 30_000 });
        for (const button of ["Acknowledge", "Take command"])
          expect((await clickCard(stage, web, button, "bob")).status).toBe(200);
        await waitUntilSettled(web);
        for (const text of VERBS) await sendVerb(web, `INC-1 ${text}`, "Bob");
        await web.fire(stuck);
        await waitForChannel(web, { number: 2 });
        await waitFor(async () => (await firstRunState(web)) === "waiting-approval", {
          what: "the question",
          timeoutMs: 20_000,
        });
        for (const name of ["alice", "bob"] as const) await versions.approveRun(web, 1, name);
        await waitFor(async () => (await firstRunState(web)) === "succeeded", {
          what: "the run to succeed",
          timeoutMs: 30_000,
        });
        expect(world.effects.get("mail-service")).toHaveLength(1);
        await sendVerb(web, "INC-2 merge INC-1", "Bob");
        await sendVerb(web, "mute service=legacy-service 1h it is taken down", "Bob");
        await sendVerb(web, "declare P3 The office is dark", "Bob");
        await web.resolve(errors, stuck);
        await waitForStatus(web, "resolved");
        expect(await slackFindings(stage)).toMatchObject({ channels: 1, headers: 1, drafts: 1, twice: [] });
        // Alice once more, when it became a P0.
        expect(versions.pagedFor(1).toSorted()).toEqual(["Alice", "Alice", "Bob", "Dana"]);
        await waitUntilSettled(web);
        await versions.expectNoSelfAlert();
      } finally {
        await versions.close();
      }
    });
  });
}
