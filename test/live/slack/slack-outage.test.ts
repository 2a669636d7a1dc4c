import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { describeLive } from "#test/support/harness/servers/live.ts";
import { errorsIn } from "#test/support/harness/processes/muster-process.ts";
import {
  slackFindings,
  readIncident,
  readIncidents,
  readMetric,
  waitForChannel,
  postedMessages,
  waitUntilSettled,
  timelineOf,
} from "#test/support/harness/processes/live-setup.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import {
  HIGH_ERROR_RATE,
  WHOLE_STORY,
  WHOLE_INCIDENT,
  playWithSlack,
} from "#test/support/harness/processes/slack-show.ts";

describeLive(
  "A Slack that",
  ["postgres"],
  () => {
    test("is down when an incident opens, no page is delayed, and it gets the latest state when it is back", () =>
      playWithSlack(async ({ stage, muster }) => {
        stage.slack.down();
        const fired = wallClock();
        await muster.fire({ ...HIGH_ERROR_RATE, severity: "P2" });
        await waitFor(() => stage.pager.woken().length === 1, { what: "the page" });
        expect(stage.pager.woken()[0]!.at - fired).toBeLessThan(2_000);
        await muster.fire(HIGH_ERROR_RATE);
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
        // No one saw it as a P2, so nothing had to be corrected. Direct messages of pages get the channel's link.
        const { channel } = (await readIncident(muster))!;
        const edits = stage.slack.callsOf("chat.update").filter(({ body }) => body["channel"] === channel!.id);
        expect(edits.length).toBeLessThanOrEqual(1);
        expect(stage.pager.woken()).toHaveLength(2);
      }));

    test("is down from the first alert to the last, the incident still gets a channel, a card and a draft", () =>
      playWithSlack(async ({ stage, muster }) => {
        stage.slack.down();
        await muster.fire(HIGH_ERROR_RATE);
        await waitFor(() => stage.pager.woken().length === 1, { what: "the page" });
        await muster.resolve(HIGH_ERROR_RATE);
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
        expect(await slackFindings(stage)).toEqual(WHOLE_INCIDENT);
        expect((await timelineOf(muster)).map(({ type }) => type).toSorted()).toEqual(WHOLE_STORY.toSorted());
      }));

    test("is down during ten changes, it gets the latest state, not each change", () =>
      playWithSlack(async ({ stage, muster }) => {
        await muster.fire({ ...HIGH_ERROR_RATE, severity: "P2" });
        const { channel } = await waitForChannel(muster);
        stage.slack.forget();
        stage.slack.down();
        for (let i = 1; i <= 9; i++) await muster.fire({ name: `More${i}`, severity: "P2" });
        await muster.fire(HIGH_ERROR_RATE);
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
          expect.stringMatching(/INC-1 P1 triggered.*11 alerts firing/),
        ]);
        const [card] = await stage.slack.pins(channel?.id ?? "");
        const edits = stage.slack.callsOf("chat.update");
        expect(edits.filter(({ body }) => body["ts"] === card?.ts).length).toBeLessThanOrEqual(2);
        // The feed, what happened while that was on its way, and the rise where all incidents are watched.
        expect(stage.slack.callsOf("chat.postMessage").length).toBeLessThanOrEqual(3);
        expect(stage.slack.callsOf("conversations.setTopic").length).toBeLessThanOrEqual(2);
        // Posted as one message however much it was, and nothing left out.
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
    playWithSlack(async ({ stage, muster }) => {
      await muster.fire(HIGH_ERROR_RATE);
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
      expect(card?.text).toContain("501 alerts firing");
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
