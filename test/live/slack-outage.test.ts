import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { describeLive } from "#test/support/harness/servers/live.ts";
import {
  errorsIn,
  type MusterInProcess,
  startMusterInProcess,
} from "#test/support/harness/processes/muster-process.ts";
import type { TestAlert } from "#test/support/harness/processes/alert-sender.ts";
import type { FaultKind, SlackOptions } from "#test/support/doubles/slack/slack-double.ts";
import {
  expectNoViolations,
  slackFindings,
  type SlackFindings,
  readIncident,
  readIncidents,
  readMetric,
  waitForChannel,
  postedMessages,
  startLiveSetup,
  waitUntilSettled,
  type LiveSetup,
  timelineOf,
} from "#test/support/harness/processes/live-setup.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

const alert: TestAlert = { name: "HighErrorRate", severity: "P1", summary: "Error rate 15 %" };
const STORY = [
  "incident.opened",
  "alerts.fired",
  "page.requested",
  "escalation.armed",
  "page.sent",
  "channel.opened",
  "alerts.resolved",
  "quiet.began",
  "incident.resolved",
  "draft.posted",
];

/** Everything of a resolved incident is there, once. */
const WHOLE: SlackFindings = {
  channels: 1,
  headers: 1,
  pinned: [expect.stringContaining("INC-1 P1 resolved") as string],
  announced: [expect.stringContaining("INC-1 P1 resolved") as string],
  announcedToTeam: [expect.stringContaining("INC-1 P1 resolved") as string],
  drafts: 1,
  topic: expect.stringContaining("resolved") as string,
  members: ["alice", "bob", "charlie"],
  bookmarks: 4,
  twice: [],
};

type Show = { readonly stage: LiveSetup; readonly muster: MusterInProcess };

/** Plays with a Muster and its Slack, and leaves nothing behind. */
async function play(
  run: (show: Show) => Promise<void>,
  options: SlackOptions & { readonly adjust?: (policy: Record<string, object>) => object } = {},
): Promise<void> {
  const stage = await startLiveSetup("postgres", options);
  const muster = await startMusterInProcess(stage.env, { paging: stage.pager.port, sweepEvery: 200 });
  try {
    await run({ stage, muster });
    expectNoViolations(stage);
  } finally {
    stage.slack.heal();
    stage.slack.up();
    await muster.stop();
    await stage.close();
  }
}

/** An incident from its first alert to its draft. */
async function wholeStory({ muster }: Show): Promise<void> {
  await muster.fire(alert);
  await waitForChannel(muster, { timeoutMs: 60_000 });
  await muster.resolve(alert);
  await waitFor(async () => (await timelineOf(muster)).some(({ type }) => type === "draft.posted"), {
    what: "the draft",
    timeoutMs: 60_000,
    everyMs: 100,
  });
  await waitUntilSettled(muster, 60_000);
}

const METHODS = [
  "conversations.create",
  "conversations.invite",
  "conversations.setTopic",
  "chat.postMessage",
  "chat.update",
  "pins.add",
  "bookmarks.list",
  "bookmarks.add",
  "files.getUploadURLExternal",
  "upload",
  "files.completeUploadExternal",
];

describeLive(
  "A Slack that",
  ["postgres"],
  () => {
    for (const kind of ["500", "reset", "drop-answer", "error:internal_error"] satisfies FaultKind[])
      test(`spoils the first call of every method with ${kind} gets everything in the end, once`, () =>
        play(async (show) => {
          const faults = METHODS.map((method) => show.stage.slack.fault({ kind, method }));
          await wholeStory(show);
          expect(faults.map(({ used }) => used)).toEqual(METHODS.map(() => 1));
          expect(await slackFindings(show.stage)).toEqual(WHOLE);
          expect((await timelineOf(show.muster)).map(({ type }) => type).toSorted()).toEqual(STORY.toSorted());
          expect(errorsIn(show.muster.log)).toEqual([]);
        }));

    test("does not answer in time, the request is retried after a look for earlier work", () =>
      play(async (show) => {
        const faults = ["conversations.create", "files.completeUploadExternal"].map((method) =>
          show.stage.slack.fault({ kind: "timeout", method }),
        );
        await wholeStory(show);
        expect(faults.map(({ used }) => used)).toEqual([1, 1]);
        expect(await slackFindings(show.stage)).toEqual(WHOLE);
      }));

    test("loses one answer after the other still has one channel, one of every message, and one file", () =>
      play(
        async (show) => {
          const { slack } = show.stage;
          slack.fault({ kind: "drop-answer", method: "conversations.create", times: 2 });
          slack.fault({ kind: "drop-answer", method: "chat.postMessage", times: 6 });
          slack.fault({ kind: "drop-answer", method: "files.completeUploadExternal", times: 2 });
          await wholeStory(show);
          expect(await slackFindings(show.stage)).toEqual(WHOLE);
          const created = slack.callsOf("conversations.create").filter(({ answer }) => answer?.ok === true);
          expect(created).toHaveLength(1);
          expect(slack.callsOf("files.completeUploadExternal")).toHaveLength(1);
        },
        // The policy may name a channel as people do, and Muster need not be in it to post.
        { adjust: (policy) => ({ ...policy, channels: { incidents: "#incidents" } }) },
      ));

    test("asks for patience gets it: no call of that method before its time", () =>
      play(async (show) => {
        const { slack } = show.stage;
        slack.fault({ kind: "429", method: "conversations.create", retryAfter: 2 });
        slack.fault({ kind: "429", method: "chat.postMessage", retryAfter: 3 });
        await wholeStory(show);
        for (const [method, seconds] of [
          ["conversations.create", 2],
          ["chat.postMessage", 3],
        ] as const) {
          const [refused] = slack.callsOf(method);
          expect(refused?.fault).toBe("429");
          // Others may have been on their way when Slack said it, each for the first time; whoever was refused waits.
          const early = slack.callsOf(method).filter(({ at }) => at < (refused?.at ?? 0) + seconds * 1_000);
          expect(new Set(early.map(({ body }) => JSON.stringify(body["metadata"] ?? null))).size).toBe(early.length);
        }
        // The pager does not wait for Slack's patience.
        expect(show.stage.pager.woken()[0]!.at).toBeLessThan(slack.callsOf("conversations.create")[1]?.at ?? 0);
        expect(await slackFindings(show.stage)).toEqual(WHOLE);
      }));

    test("has rate tiers is asked no more than they allow, and everything arrives", () =>
      play(
        async (show) => {
          await wholeStory(show);
          expect(await slackFindings(show.stage)).toEqual(WHOLE);
          expect(show.stage.slack.calls.filter(({ answer }) => answer?.error === "ratelimited")).toEqual([]);
        },
        { tiers: true },
      ));

    test("is down when an incident opens, no page is delayed, and it gets the latest state when it is back", () =>
      play(async ({ stage, muster }) => {
        stage.slack.down();
        const fired = wallClock();
        await muster.fire({ ...alert, severity: "P2" });
        await waitFor(() => stage.pager.woken().length === 1, { what: "the page" });
        expect(stage.pager.woken()[0]!.at - fired).toBeLessThan(2_000);
        await muster.fire(alert);
        await waitFor(() => stage.pager.woken().length === 2, { what: "the page at P1" });
        expect(await muster.api("/health/ready")).toMatchObject({
          healthy: true,
          degraded: true,
          checks: { slack: { healthy: false } },
        });
        await waitFor(async () => (await readIncident(muster))?.pages.every(({ status }) => status === "sent"), {
          what: "both pages to be known as sent",
        });
        expect(await readIncident(muster)).toMatchObject({ priority: "P1", channel: null, pages: [{}, {}] });

        stage.slack.up();
        await waitForChannel(muster, { timeoutMs: 30_000 });
        expect(await slackFindings(stage)).toMatchObject({
          channels: 1,
          headers: 1,
          pinned: [expect.stringContaining("INC-1 P1 triggered")],
          announced: [expect.stringContaining("P1")],
          twice: [],
        });
        // No one saw it as a P2, so nothing had to be corrected.
        expect(stage.slack.callsOf("chat.update").length).toBeLessThanOrEqual(1);
        expect(stage.pager.woken()).toHaveLength(2);
      }));

    test("is down from the first alert to the last, the incident still gets a channel, a card and a draft", () =>
      play(async ({ stage, muster }) => {
        stage.slack.down();
        await muster.fire(alert);
        await waitFor(() => stage.pager.woken().length === 1, { what: "the page" });
        await muster.resolve(alert);
        await waitFor(async () => (await readIncident(muster))?.status === "resolved", {
          what: "the incident to resolve",
        });
        stage.slack.up();
        await waitFor(async () => (await timelineOf(muster)).some(({ type }) => type === "draft.posted"), {
          what: "the draft",
          timeoutMs: 30_000,
          everyMs: 100,
        });
        await waitUntilSettled(muster);
        expect(await slackFindings(stage)).toEqual(WHOLE);
        expect((await timelineOf(muster)).map(({ type }) => type).toSorted()).toEqual(STORY.toSorted());
      }));

    test("is down during ten changes, it gets the latest state, not each change", () =>
      play(async ({ stage, muster }) => {
        await muster.fire({ ...alert, severity: "P2" });
        const { channel } = await waitForChannel(muster);
        stage.slack.forget();
        stage.slack.down();
        for (let i = 1; i <= 9; i++) await muster.fire({ name: `More${i}`, severity: "P2" });
        await muster.fire(alert);
        await waitFor(
          async () =>
            (await readIncident(muster))?.priority === "P1" && (await readIncident(muster))?.alerts.total === 11,
          {
            what: "ten changes",
          },
        );
        await waitFor(
          async () =>
            (await readMetric(muster, "muster_slack_calls_total", 'method="chat.update"', 'outcome="unreachable"')) > 0,
          {
            what: "Muster to notice",
          },
        );
        stage.slack.up();
        await waitUntilSettled(muster, 30_000);
        expect((await slackFindings(stage)).pinned).toEqual([
          expect.stringMatching(/INC-1 P1 triggered.*11 firing of 11/),
        ]);
        const [card] = await stage.slack.pins(channel?.id ?? "");
        const edits = stage.slack.callsOf("chat.update");
        expect(edits.filter(({ body }) => body["ts"] === card?.ts).length).toBeLessThanOrEqual(2);
        // The feed, what happened while that was on its way, and the rise where all incidents are watched.
        expect(stage.slack.callsOf("chat.postMessage").length).toBeLessThanOrEqual(3);
        expect(stage.slack.callsOf("conversations.setTopic").length).toBeLessThanOrEqual(2);
        // Told as one message however much it was, and nothing left out.
        const feed = (await postedMessages(stage.slack, channel?.id ?? ""))
          .filter(({ key }) => key.startsWith("feed:"))
          .map(({ blocks }) => JSON.stringify(blocks))
          .join("\n");
        expect(feed).toContain("P2 → P1");
      }));
  },
  { concurrent: true },
);

describeLive("A burst", ["postgres"], () => {
  test("of 500 alerts for one incident edits its card about once a second", () =>
    play(async ({ stage, muster }) => {
      await muster.fire(alert);
      await waitForChannel(muster);
      for (let wave = 0; wave < 10; wave++) {
        await Promise.all(
          Array.from({ length: 50 }, (_, i) => muster.fire({ name: `Pod${wave * 50 + i}Down`, severity: "P2" })),
        );
        await sleep(300); // a burst that takes some seconds
      }
      await waitFor(async () => (await readIncident(muster))?.alerts.total === 501, {
        what: "500 alerts",
        timeoutMs: 20_000,
      });
      await waitUntilSettled(muster);
      expect(await readIncidents(muster)).toHaveLength(1);
      const [card] = await stage.slack.pins((await readIncident(muster))?.channel?.id ?? "");
      expect(card?.text).toContain("501 firing of 501");
      const edits = stage.slack
        .callsOf("chat.update")
        .filter(({ body }) => body["ts"] === card?.ts)
        .map(({ at }) => at);
      expect(edits.length).toBeGreaterThan(1);
      const gaps = edits.slice(1).map((at, i) => at - edits[i]!);
      expect(Math.min(...gaps)).toBeGreaterThan(900);
      expect(stage.pager.woken()).toHaveLength(1);
      expect(errorsIn(muster.log)).toEqual([]);
    }));
});

describeLive("A channel of the policy that is not there", ["postgres"], () => {
  test("is down, the timeline reports it and the rest continues", () =>
    play(
      async (show) => {
        await wholeStory(show);
        expect(await slackFindings(show.stage)).toEqual({ ...WHOLE, announced: [] });
        const timeline = await timelineOf(show.muster);
        const failed = timeline.filter(({ type }) => type === "chat.failed");
        expect(failed[0]).toMatchObject({ summary: expect.stringContaining("channel_not_found") });
        expect(
          timeline
            .map(({ type }) => type)
            .filter((type) => type !== "chat.failed")
            .toSorted(),
        ).toEqual(STORY.toSorted());
        expect(show.stage.pager.woken()).toHaveLength(1);
        expect(failed).toHaveLength(1);
      },
      { adjust: (policy) => ({ ...policy, channels: { incidents: "C0NOTTHERE" } }) },
    ));
});
