import { expect, test } from "vitest";
import { querySql, describeLive } from "#test/support/harness/servers/live.ts";
import { errorsIn, type MusterProcess, startMuster } from "#test/support/harness/processes/muster-process.ts";
import { createAlertSender, type TestAlert } from "#test/support/harness/processes/alert-sender.ts";
import {
  expectNoViolations,
  slackFindings,
  readIncident,
  readIncidents,
  startLiveSetup,
  waitUntilSettled,
  type LiveSetup,
  timelineOf,
} from "#test/support/harness/processes/live-setup.ts";
import type { KillPlan } from "#test/support/harness/processes/victim.ts";
import { freePort, waitFor } from "#test/support/harness/wait-until.ts";
import { WHOLE_INCIDENT, WHOLE_STORY } from "#test/support/harness/processes/slack-show.ts";

const alert: TestAlert = { name: "HighErrorRate", severity: "P1", summary: "Error rate 15 %" };

/** A claim outlives its owner by so much. */
const LEASE_MS = 1_500;
/** From the first alert to the draft with everything lost on the way. */
const TIMEOUT_MS = 60_000;

/** Runs Muster as an orchestrator does: one that is killed is started again, where it was. */
async function supervise(
  stage: LiveSetup,
  doom: KillPlan,
  times: number,
): Promise<{ readonly deaths: () => number; readonly lives: readonly MusterProcess[]; current(): MusterProcess }> {
  const port = await freePort();
  const lives: MusterProcess[] = [];
  let deaths = 0;
  const live = async (): Promise<void> => {
    const muster = await startMuster({
      env: stage.env,
      port,
      victim: { pager: stage.pager.url, leaseMs: LEASE_MS, ...(deaths < times && { doom }) },
    });
    lives.push(muster);
    void muster.ended.then(({ signal }) => {
      if (signal !== "SIGKILL") return;
      deaths += 1;
      void live();
    });
  };
  await live();
  return { deaths: () => deaths, lives, current: () => lives.at(-1)! };
}

/** One incident from its first alert to its draft, with the process killed on the way. */
async function survives(doom: KillPlan, times = 1): Promise<void> {
  const stage = await startLiveSetup("redis");
  const supervised = await supervise(stage, doom, times);
  const muster = (): MusterProcess => supervised.current();
  const sender = createAlertSender({ url: () => muster().url, patience: TIMEOUT_MS });
  const at = `${doom.step}${doom.type === undefined ? "" : ` ${doom.type}`}`;

  await sender.fire(alert);
  const opened = async (): Promise<boolean> => {
    const seen = await readIncident(muster());
    return seen?.pages[0]?.status === "sent" && seen.channel !== null;
  };
  await waitFor(opened, { what: `the incident to open, killed at ${at}`, timeoutMs: TIMEOUT_MS, everyMs: 100 });
  await waitUntilSettled(muster(), TIMEOUT_MS);
  await sender.resolve(alert);
  await waitFor(async () => (await timelineOf(muster())).some(({ type }) => type === "draft.posted"), {
    what: `the draft, killed at ${at}`,
    timeoutMs: TIMEOUT_MS,
    everyMs: 100,
  });
  await waitUntilSettled(muster(), TIMEOUT_MS);

  expect(supervised.deaths(), `times it was killed at ${at}`).toBe(times);
  expect(
    (await readIncidents(muster())).map(({ id, status, alerts }) => [id, status, alerts.total, alerts.firing]),
  ).toEqual([["INC-1", "resolved", 1, 0]]);
  expect((await timelineOf(muster())).map(({ type }) => type).toSorted()).toEqual(WHOLE_STORY.toSorted());
  expect(await slackFindings(stage)).toEqual(WHOLE_INCIDENT);
  const keys = new Set(stage.pager.triggers.map(({ dedupKey }) => dedupKey));
  expect([...keys]).toHaveLength(1);
  expect(new Set(stage.pager.resolved)).toEqual(keys);
  const database = stage.env["DATABASE_URL"] ?? "";
  expect(
    await querySql(database, "select seq from events order by seq").then((rows) =>
      rows.map((row) => Number((row as { seq: number }).seq)),
    ),
  ).toEqual(Array.from({ length: 10 }, (_, i) => i + 1));
  expect(await querySql(database, "select key, error from effects where status = 'failed'")).toEqual([]);
  expect(await querySql(database, "select type, outcome from commands where outcome like 'failed%'")).toEqual([]);
  expectNoViolations(stage);
  expect(supervised.lives.flatMap(({ log }) => errorsIn(log))).toEqual([]);
  await muster().stop();
  await stage.close();
}

const LOOP: readonly (readonly [step: string, occurrences: number])[] = [
  ["submit.storing", 2],
  ["submit.stored", 2],
  ["apply.deciding", 2],
  ["apply.committing", 2],
  ["apply.committed", 2],
  ["timers.fired", 1],
];

/** The header is posted, then pinned, then edited. */
const EFFECTS: readonly (readonly [type: string, occurrences: number])[] = [
  ["page.trigger", 1],
  ["page.resolve", 1],
  ["chat.channel", 1],
  ["chat.header", 3],
  ["chat.topic", 1],
  ["chat.bookmarks", 1],
  ["chat.members", 1],
  ["chat.feed", 1],
  ["chat.announce", 2],
  ["chat.draft", 1],
];

const times = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describeLive(
  "An incident ends the same when the process is killed",
  ["postgres", "redis"],
  () => {
    for (const [step, occurrences] of LOOP)
      for (const nth of times(occurrences)) test(`at ${step}, occurrence ${nth}`, () => survives({ step, nth }));

    for (const [type, occurrences] of EFFECTS) {
      test(`before ${type} reaches the world`, () => survives({ step: "perform.claimed", type }));
      for (const nth of times(occurrences))
        test(`after ${type} reached the world, before that is written down, occurrence ${nth}`, () =>
          survives({ step: "perform.called", type, nth }));
    }
  },
  { concurrent: true },
);

describeLive(
  "An incident ends the same when the process is killed twice in a row",
  ["postgres", "redis"],
  () => {
    test("after an alert is stored", () => survives({ step: "submit.stored" }, 2));
    test("while it decides", () => survives({ step: "apply.committing" }, 2));
    for (const type of ["page.trigger", "chat.channel", "chat.header", "chat.announce", "chat.draft"])
      test(`after ${type} reached the world`, () => survives({ step: "perform.called", type }, 2));
  },
  { concurrent: true },
);
