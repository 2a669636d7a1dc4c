import { afterAll, expect, test } from "vitest";
import { querySql, describeLive } from "#test/support/harness/servers/live.ts";
import { errorsIn, type MusterProcess } from "#test/support/harness/processes/muster-process.ts";
import {
  expectNoViolations,
  slackFindings,
  readIncident,
  readIncidents,
  waitUntilSettled,
  timelineOf,
} from "#test/support/harness/processes/live-setup.ts";
import {
  startSupervised,
  SUPERVISED_TIMEOUT_MS as TIMEOUT_MS,
  type SupervisedMuster,
} from "#test/support/harness/processes/supervised-muster.ts";
import type { KillPlan } from "#test/support/harness/processes/victim.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { wholeIncident, WHOLE_STORY } from "#test/support/harness/processes/slack-show.ts";

/** Those that wait for the next test: what a process survived it lives on with, and starting is what takes long. */
const idle: SupervisedMuster[] = [];
afterAll(async () => {
  await Promise.all(idle.map((each) => each.stop()));
});

/** One incident from its first alert to its draft, with the process killed on the way. */
async function survives(doom: KillPlan, times = 1): Promise<void> {
  const supervised = idle.pop() ?? (await startSupervised());
  try {
    await playsToItsEnd(supervised, doom, times);
    idle.push(supervised);
  } catch (error) {
    await supervised.kill();
    throw error;
  }
}

async function playsToItsEnd(supervised: SupervisedMuster, doom: KillPlan, times: number): Promise<void> {
  const { stage, sender } = supervised;
  const muster = (): MusterProcess => supervised.current();
  const at = `${doom.step}${doom.type === undefined ? "" : ` ${doom.type}`}`;
  await muster().ready();
  const deaths = supervised.deaths();
  const { number, alert } = supervised.next();
  supervised.dooms(doom, times);

  await sender.fire(alert);
  const opened = async (): Promise<boolean> => {
    const seen = await readIncident(muster(), number);
    return seen?.pages[0]?.status === "sent" && seen.channel !== null;
  };
  await waitFor(opened, { what: `the incident to open, killed at ${at}`, timeoutMs: TIMEOUT_MS, everyMs: 100 });
  await waitUntilSettled(muster(), TIMEOUT_MS);
  await sender.resolve(alert);
  await waitFor(async () => (await timelineOf(muster(), number)).some(({ type }) => type === "draft.posted"), {
    what: `the draft, killed at ${at}`,
    timeoutMs: TIMEOUT_MS,
    everyMs: 100,
  });
  await waitUntilSettled(muster(), TIMEOUT_MS);

  expect(supervised.deaths() - deaths, `times it was killed at ${at}`).toBe(times);
  const incidents = await readIncidents(muster());
  expect(incidents).toHaveLength(number);
  expect(
    incidents
      .filter(({ id }) => id === `INC-${number}`)
      .map(({ status, alerts }) => [status, alerts.total, alerts.firing]),
  ).toEqual([["resolved", 1, 0]]);
  expect((await timelineOf(muster(), number)).map(({ type }) => type).toSorted()).toEqual(WHOLE_STORY.toSorted());
  expect(await slackFindings(stage, number)).toEqual(wholeIncident(number));
  const of = (key: string): boolean => key.startsWith(`muster:INC-${number}:`);
  const keys = new Set(stage.pager.triggers.map(({ dedupKey }) => dedupKey).filter(of));
  expect([...keys]).toHaveLength(1);
  expect(new Set(stage.pager.resolved.filter(of))).toEqual(keys);
  const database = stage.env["DATABASE_URL"] ?? "";
  expect(
    await querySql<{ seq: number }>(database, `select seq from events where incident = ${number} order by seq`),
  ).toEqual(Array.from({ length: 10 }, (_, i) => ({ seq: i + 1 })));
  expect(await querySql(database, "select key, error from effects where status = 'failed'")).toEqual([]);
  expect(await querySql(database, "select type, outcome from commands where outcome like 'failed%'")).toEqual([]);
  expectNoViolations(stage);
  expect(supervised.lives.flatMap(({ log }) => errorsIn(log))).toEqual([]);
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
