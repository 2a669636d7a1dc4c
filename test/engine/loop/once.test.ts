import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  createCommandInterpreter,
  type CommandInterpreter,
  type CommandOrigin,
} from "#engine/loop/command-interpreter.ts";
import { createReader } from "#engine/loop/reader.ts";
import { PortError } from "#ports/port-error.ts";
import { SECOND } from "#test/support/builders/instants.ts";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { ALICE_PERSON } from "#test/support/builders/people.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
let act: CommandInterpreter;
beforeAll(async () => void (rig = await EngineHarness.open()));
afterAll(() => rig.close());
beforeEach(() => begins());

/** INC-1 with RUN-1, which waits for an approval. */
async function begins(): Promise<void> {
  await rig.reset();
  rig.automation.reset();
  await rig.automation.shelve([aRunbookText({ approve: "{ from: ['@oncall'], count: 1, expires: 10m }" })]);
  await rig.automation.fires();
  act = createCommandInterpreter(rig.engine, createReader(rig.engine), rig.submit);
}

const ORIGINS: Readonly<Record<string, Omit<CommandOrigin, "key">>> = {
  chat: { channel: "C1", replyUrl: "https://hooks.slack.com/x", via: { way: "chat" } },
  elsewhere: { channel: null, replyUrl: null, via: { way: "chat" } },
  api: { channel: null, replyUrl: null, via: { way: "api" } },
  dashboard: { channel: null, replyUrl: null, via: { way: "dashboard" } },
};

/** One asking, which may be delivered several times. */
type Asking = { readonly text: string; readonly key: string; readonly way: string };

async function deliverWords({ text, key, way }: Asking): Promise<string> {
  const answer = await act.runText(`INC-1 ${text}`, ALICE_PERSON, { key, ...ORIGINS[way]! });
  await rig.settles();
  return answer.kind === "answered" ? answer.outcome.text : answer.kind;
}

/** Everything that a verb can change, without ids that are random and times of reading. */
async function world(): Promise<unknown> {
  const { rows } = await rig.engine.connection.pool.query<{ scope: string; name: string }>(
    "select scope, name from automation_switches order by 1, 2",
  );
  const incidents = await rig.incidents();
  const events = await Promise.all(incidents.map(async ({ number }) => await rig.events(number)));
  return {
    switches: rows,
    runs: (await rig.automation.runs()).map(({ number, state, ending, asked }) => [
      number,
      state,
      ending?.state ?? null,
      asked?.by.map(({ id }) => id) ?? [],
    ]),
    incidents: incidents.map(({ number, status, priority, roles, tasks }) => [number, status, priority, roles, tasks]),
    // What a chat and a pager answer comes in any order.
    events: events.map((each) => each.map(({ type }) => type).toSorted()),
    silences: (await createReader(rig.engine).silences()).silences.length,
    called: rig.automation.source.called.length,
  };
}

const WORDS = [
  "automation off",
  "automation on",
  "automation off order-service",
  "runbook run cancel-blockers service=other",
  "runbook approve RUN-1",
  "runbook deny RUN-1",
  "runbook cancel RUN-1",
  "runbook list",
  "ack",
  "note it is slow",
  "ic",
  "task look at the pool",
  "severity P1 worse",
  "resolve rolled back",
  "reopen it is back",
  "declare P3 the cart is empty",
  "mute 1h service=cart",
  "status",
] as const;

test(
  "whatever is asked, by any way, delivered several times in any order, happens once",
  { timeout: 240_000 },
  async () => {
    const asking = fc.record({ text: fc.constantFrom(...WORDS), way: fc.constantFrom(...Object.keys(ORIGINS)) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(asking, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat({ max: 1_000 }), { maxLength: 8 }),
        async (several, again) => {
          const askings = several.map((each, i) => ({ ...each, key: `asking-${i}` }));
          await begins();
          for (const each of askings) await deliverWords(each);
          const once = await world();
          await begins();
          for (const [i, each] of askings.entries()) {
            await deliverWords(each);
            // Each redelivery is of one that was delivered: at once, or long after.
            for (const at of again.filter((_, j) => j % askings.length === i))
              await deliverWords(askings[at % (i + 1)]!);
          }
          expect(await world()).toEqual(once);
        },
      ),
      { numRuns: 12 },
    );
  },
);

describe("a request about runbooks that is delivered again", () => {
  test("does not switch automation on after someone else switched it off", async () => {
    await deliverWords({ text: "automation off", key: "1", way: "chat" });
    const on = { text: "automation on", key: "2", way: "chat" };
    expect(await deliverWords(on)).toContain("may go on");
    await deliverWords({ text: "automation off", key: "3", way: "chat" });
    expect(await deliverWords(on), "the answer is that of the first delivery").toContain("may go on");
    expect(await deliverWords({ text: "automation off", key: "4", way: "chat" })).toContain("off already");
  });

  test.each(Object.keys(ORIGINS))("begins no second run by %s", async (way) => {
    const run = { text: "runbook run cancel-blockers service=other", key: "1", way };
    expect(await deliverWords(run)).toContain("RUN-2 has begun");
    expect(await deliverWords(run)).toContain("RUN-2 has begun");
    expect(await rig.automation.runs()).toHaveLength(2);
  });

  test("stays refused when what was in its way is gone", async () => {
    const run = { text: "runbook run unheard-of", key: "1", way: "api" };
    expect(await deliverWords(run)).toContain("no runbook unheard-of");
    await rig.automation.shelve([aRunbookText({ id: "unheard-of" })]);
    act = createCommandInterpreter(rig.engine, createReader(rig.engine), rig.submit);
    expect(await deliverWords(run)).toContain("no runbook unheard-of");
    expect(await rig.automation.runs()).toHaveLength(1);
  });

  test("happens once when all deliveries come at the same time", async () => {
    const run = { text: "runbook run cancel-blockers service=other", key: "1", way: "chat" };
    const answers = await Promise.all([1, 2, 3, 4].map(() => deliverWords(run)));
    expect(new Set(answers)).toEqual(new Set([expect.stringContaining("RUN-2 has begun")]));
    expect(await rig.automation.runs()).toHaveLength(2);
  });

  test.each(Object.keys(ORIGINS))(
    "repeats a step of unknown outcome once by %s, also when it is unknown again",
    async (way) => {
      const { source } = rig.automation;
      source.remembers = false;
      for (let i = 0; i < 3; i++)
        source.faults.push({
          error: new PortError("timeout", "no answer", { retryable: true, mayHaveHappened: true }),
          did: true,
        });
      await rig.automation.approves();
      await rig.passes(10 * SECOND);
      expect(source.called).toHaveLength(1);
      const again = { text: "runbook again RUN-1", key: "1", way };
      const answer = await deliverWords(again);
      await rig.passes(10 * SECOND);
      expect([(await rig.automation.run()).state, source.called.length]).toEqual(["unknown", 2]);
      expect(await deliverWords(again)).toBe(answer);
      await rig.passes(10 * SECOND);
      expect(source.called).toHaveLength(2);
      // Another request is another one.
      await deliverWords({ ...again, key: "2" });
      await rig.passes(10 * SECOND);
      expect(source.called).toHaveLength(3);
    },
  );

  test("is stored with its outcome beside every other command", async () => {
    await deliverWords({ text: "automation off", key: "1", way: "api" });
    expect((await rig.commands()).find(({ key }) => key === "person:1")).toMatchObject({
      type: "verb.asked",
      actor: { id: ALICE_PERSON.id, via: { way: "api" } },
      doneAt: expect.any(Date),
      result: { kind: "applied", text: expect.stringContaining("Automation is off") },
    });
  });
});
