import { expect, test } from "vitest";
import { describeLive } from "#test/support/harness/servers/live.ts";
import { errorsIn } from "#test/support/harness/processes/muster-process.ts";
import type { FaultKind } from "#test/support/doubles/slack/slack-double.ts";
import { slackFindings, timelineOf } from "#test/support/harness/processes/live-setup.ts";
import {
  WHOLE_STORY,
  WHOLE_INCIDENT,
  playWithSlack,
  playWholeStory,
} from "#test/support/harness/processes/slack-show.ts";

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
        playWithSlack(async (show) => {
          const faults = METHODS.map((method) => show.stage.slack.fault({ kind, method }));
          await playWholeStory(show);
          expect(faults.map(({ used }) => used)).toEqual(METHODS.map(() => 1));
          expect(await slackFindings(show.stage)).toEqual(WHOLE_INCIDENT);
          expect((await timelineOf(show.muster)).map(({ type }) => type).toSorted()).toEqual(WHOLE_STORY.toSorted());
          expect(errorsIn(show.muster.log)).toEqual([]);
        }));

    test("does not answer in time, the request is retried after a look for earlier work", () =>
      playWithSlack(async (show) => {
        const faults = ["conversations.create", "files.completeUploadExternal"].map((method) =>
          show.stage.slack.fault({ kind: "timeout", method }),
        );
        await playWholeStory(show);
        expect(faults.map(({ used }) => used)).toEqual([1, 1]);
        expect(await slackFindings(show.stage)).toEqual(WHOLE_INCIDENT);
      }));

    test("loses one answer after the other still has one channel, one of every message, and one file", () =>
      playWithSlack(
        async (show) => {
          const { slack } = show.stage;
          slack.fault({ kind: "drop-answer", method: "conversations.create", times: 2 });
          slack.fault({ kind: "drop-answer", method: "chat.postMessage", times: 6 });
          slack.fault({ kind: "drop-answer", method: "files.completeUploadExternal", times: 2 });
          await playWholeStory(show);
          expect(await slackFindings(show.stage)).toEqual(WHOLE_INCIDENT);
          const created = slack.callsOf("conversations.create").filter(({ answer }) => answer?.ok === true);
          expect(created).toHaveLength(1);
          expect(slack.callsOf("files.completeUploadExternal")).toHaveLength(1);
        },
        // The policy may name a channel as people do, and Muster need not be in it to post.
        { adjust: (policy) => ({ ...policy, channels: { incidents: "#incidents" } }) },
      ));

    test("asks for patience gets it: no call of that method before its time", () =>
      playWithSlack(async (show) => {
        const { slack } = show.stage;
        slack.fault({ kind: "429", method: "conversations.create", retryAfter: 2 });
        slack.fault({ kind: "429", method: "chat.postMessage", retryAfter: 3 });
        await playWholeStory(show);
        for (const [method, seconds] of [
          ["conversations.create", 2],
          ["chat.postMessage", 3],
        ] as const) {
          const [refused] = slack.callsOf(method);
          expect(refused?.fault).toBe("429");
          // Others may have been on their way when Slack answered so, each for the first time; a request that was
          // refused waits.
          const early = slack.callsOf(method).filter(({ at }) => at < (refused?.at ?? 0) + seconds * 1_000);
          expect(new Set(early.map(({ body }) => JSON.stringify(body["metadata"] ?? null))).size).toBe(early.length);
        }
        // The pager does not wait for Slack's patience.
        expect(show.stage.pager.woken()[0]!.at).toBeLessThan(slack.callsOf("conversations.create")[1]?.at ?? 0);
        expect(await slackFindings(show.stage)).toEqual(WHOLE_INCIDENT);
      }));

    test("has rate tiers is asked at most as often as they allow, and everything arrives", () =>
      playWithSlack(
        async (show) => {
          await playWholeStory(show);
          expect(await slackFindings(show.stage)).toEqual(WHOLE_INCIDENT);
          expect(show.stage.slack.calls.filter(({ answer }) => answer?.error === "ratelimited")).toEqual([]);
        },
        { tiers: true },
      ));
  },
  { concurrent: true },
);

describeLive("A channel of the policy that is not there", ["postgres"], () => {
  test("is down, the timeline reports it and the rest continues", () =>
    playWithSlack(
      async (show) => {
        await playWholeStory(show);
        expect(await slackFindings(show.stage)).toEqual({ ...WHOLE_INCIDENT, announced: [] });
        const timeline = await timelineOf(show.muster);
        const failed = timeline.filter(({ type }) => type === "chat.failed");
        expect(failed[0]).toMatchObject({ summary: expect.stringContaining("channel_not_found") });
        expect(
          timeline
            .map(({ type }) => type)
            .filter((type) => type !== "chat.failed")
            .toSorted(),
        ).toEqual(WHOLE_STORY.toSorted());
        expect(show.stage.pager.woken()).toHaveLength(1);
        expect(failed).toHaveLength(1);
      },
      { adjust: (policy) => ({ ...policy, channels: { incidents: "C0NOTTHERE" } }) },
    ));
});
