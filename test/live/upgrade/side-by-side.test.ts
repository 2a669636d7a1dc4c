import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "#test/support/builders/json.ts";
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
import type { TargetServer } from "#test/support/harness/processes/target-server.ts";
import { describeLive } from "#test/support/harness/servers/live.ts";
import type { ServerName } from "#test/support/harness/servers/servers.ts";
import { lacksEarlier } from "#test/support/harness/upgrade/earlier-version.ts";
import {
  firstRunState,
  sendVerb,
  startTwoVersions,
  type TwoVersions,
} from "#test/support/harness/upgrade/two-versions.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { ERROR_RATE, STUCK_MAILS } from "#test/support/harness/upgrade/upgrade-alerts.ts";

/** An entry of a timeline, whatever its wording: the later version adds by which way its author came. */
function wordedAnyhow(entry: JsonObject): JsonObject {
  const { actor } = entry;
  const author = typeof actor === "string" ? (expect.stringContaining(actor) as string) : actor;
  return { ...entry, ...(author === undefined ? {} : { actor: author }), summary: expect.any(String) as string };
}

const latency: TestAlert = {
  name: "HighLatency",
  severity: "P2",
  service: "order-service",
  summary: "Latency above 5 s",
};

const disks = (from: number, count: number, severity: string): TestAlert[] =>
  Array.from({ length: count }, (_, i): TestAlert => ({
    name: `Disk${from + i}Full`,
    severity,
    service: `disk-${from + i}`,
  }));

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
      /** What both say of the same state: the later one before and after the earlier one, whom a timer may have let apply more. */
      const askBoth = <T>(ask: (muster: MusterProcess) => Promise<T>): Promise<readonly [later: T, earlier: T]> =>
        waitFor(
          async () => {
            const [before, were, after] = [await ask(later), await ask(earlier), await ask(later)];
            return isDeepStrictEqual(before, after) && ([after, were] as const);
          },
          { what: "a state that lasts while both are asked" },
        );
      /** Both answer the same about every incident, except the wording of the timeline. */
      const expectAgreement = async (): Promise<void> => {
        await waitUntilSettled(later);
        const [theirs, all] = await askBoth(readIncidents);
        expect(theirs.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
        for (let number = 1; number <= all.length; number++) {
          const id = `INC-${number}`;
          const [is, was] = await askBoth((muster) => muster.api(`/api/incidents/${id}`));
          expect(is, id).toMatchObject(was);
          const [are, were] = await askBoth((muster) => timelineOf(muster, number));
          expect(are, id).toMatchObject(were.map(wordedAnyhow));
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
        await later.fire(ERROR_RATE);
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
        await earlier.resolve(ERROR_RATE);
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
        await later.fire(STUCK_MAILS);
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
        await earlier.resolve(STUCK_MAILS);
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
}
