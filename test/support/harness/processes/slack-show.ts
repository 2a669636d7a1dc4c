import { expect } from "vitest";
import { type MusterInProcess, startMusterInProcess } from "#test/support/harness/processes/muster-process.ts";
import type { TestAlert } from "#test/support/harness/processes/alert-sender.ts";
import type { SlackOptions } from "#test/support/doubles/slack/slack-double.ts";
import {
  expectNoViolations,
  type SlackFindings,
  waitForChannel,
  startLiveSetup,
  waitUntilSettled,
  type LiveSetup,
  timelineOf,
} from "#test/support/harness/processes/live-setup.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

/** The P1 that stories about Slack begin with. */
export const HIGH_ERROR_RATE: TestAlert = { name: "HighErrorRate", severity: "P1", summary: "Error rate 15 %" };
/** What the timeline has of an incident that is resolved and was not touched by people. */
export const WHOLE_STORY = [
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
export function wholeIncident(number = 1): SlackFindings {
  const resolved = expect.stringContaining(`INC-${number} P1 resolved`) as string;
  return {
    channels: 1,
    headers: 1,
    pinned: [resolved],
    announced: [resolved],
    announcedToTeam: [resolved],
    drafts: 1,
    topic: expect.stringContaining(" · IC: ") as string,
    members: ["alice", "bob", "charlie"],
    bookmarks: 4,
    twice: [],
  };
}

/** The first incident is. */
export const WHOLE_INCIDENT: SlackFindings = wholeIncident();

/** A Muster, and what stands around it. */
export type SlackShow = { readonly stage: LiveSetup; readonly muster: MusterInProcess };

/** Plays with a Muster and its Slack, and leaves nothing behind. */
export async function playWithSlack(
  run: (show: SlackShow) => Promise<void>,
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
export async function playWholeStory({ muster }: SlackShow): Promise<void> {
  await muster.fire(HIGH_ERROR_RATE);
  await waitForChannel(muster, { timeoutMs: 60_000 });
  await muster.resolve(HIGH_ERROR_RATE);
  await waitFor(async () => (await timelineOf(muster)).some(({ type }) => type === "draft.posted"), {
    what: "the draft",
    timeoutMs: 60_000,
    everyMs: 100,
  });
  await waitUntilSettled(muster, 60_000);
}
