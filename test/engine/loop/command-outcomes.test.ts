import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SubmissionBody } from "#domain/commands/submission.ts";
import { createReader, type EngineReader } from "#engine/loop/reader.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { HOUR, NOW } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";

const POLICY = aPolicy({
  people: { alice: { name: "Alice" }, bob: { name: "Bob" }, mia: { name: "Mia" } },
  schedules: { orders: { layers: [{ people: ["alice"] }] } },
});

let rig: EngineHarness;
let engineReader: EngineReader;
beforeAll(async () => {
  rig = await EngineHarness.open();
  engineReader = createReader(rig.engine);
});
beforeEach(async () => {
  await rig.reset();
  rig.policy = POLICY;
  await rig.fires({ service: "shop", severity: "P3" });
});
afterAll(() => rig.close());

async function submits(key: string, body: SubmissionBody): Promise<void> {
  await rig.submit(aSubmission(body, { key, at: rig.now }));
  await rig.settles();
}
const noteBody = (text: string): SubmissionBody => ({
  type: "incident",
  incident: 1,
  command: { type: "note.add", text },
});
const standsIn = (id: string): SubmissionBody => ({
  type: "shift.override",
  schedule: "orders",
  person: { id, name: id },
  from: NOW,
  until: NOW + HOUR,
});
const DECLARED: SubmissionBody = {
  type: "incident.declare",
  declaration: {
    title: "it is slow",
    priority: "P3",
    service: null,
    summary: null,
    private: false,
    page: false,
    drill: false,
  },
};
const query = (text: string): Promise<unknown> => rig.engine.connection.pool.query(text);

describe("a command that was applied by the version before outcomes were data", () => {
  /** As that version left it: with a sentence and nothing else. */
  async function leftBefore(key: string, sentence: string | null = null): Promise<void> {
    await query(
      `update commands set result = null${sentence === null ? "" : `, outcome = '${sentence}'`} where key = '${key}'`,
    );
  }

  test.each([
    [
      "a change of an incident",
      noteBody("seen"),
      null,
      { kind: "applied", text: "INC-1: Alice: seen", incident: 1, events: [{ incident: 1, type: "note.added" }] },
    ],
    [
      "a refusal",
      { type: "incident", incident: 1, command: { type: "task.done", id: 7 } },
      null,
      { kind: "refused", incident: 1, events: [] },
    ],
    [
      "a declaration",
      DECLARED,
      null,
      { kind: "applied", text: expect.stringMatching(/^INC-2 opened as P3/) as string, incident: 2 },
    ],
    [
      "an override",
      standsIn("bob"),
      "Bob is on call.",
      { kind: "applied", text: "Bob is on call.", incident: null, events: [] },
    ],
    ["what failed", noteBody("x"), "failed: no such column", { kind: "failed", text: "no such column" }],
    [
      "a question",
      { type: "verb.asked", verb: "list", text: "list" },
      null,
      { kind: "unchanged", text: "Nothing to change." },
    ],
  ] satisfies [string, SubmissionBody, string | null, object][])(
    "still has its answer: %s",
    async (_, body, sentence, expected) => {
      await submits("k", body);
      await leftBefore("k", sentence);
      expect(await engineReader.outcome(["k"])).toMatchObject(expected);
    },
  );

  test("gets the same answer as one that is stored as data", async () => {
    await submits("k", noteBody("seen"));
    const stored = await engineReader.outcome(["k"]);
    await leftBefore("k");
    expect(await engineReader.outcome(["k"])).toEqual(stored);
  });
});

test("the previous version reads the answers that this one stored", async () => {
  await submits("a", noteBody("seen"));
  await submits("b", DECLARED);
  await submits("c", { type: "mute.lift", mute: 9 });
  const { rows } = await rig.engine.connection.pool.query<{ outcome: string }>(
    "select outcome from commands where key in ('a','b','c') order by key",
  );
  expect(rows.map(({ outcome }) => outcome)).toEqual([
    "applied",
    "opened INC-2",
    "refused: There is no mute 9. `mutes` lists them.",
  ]);
});

test("several commands of one request have one answer, which is no as soon as one of them is", async () => {
  await submits("a", noteBody("first"));
  await submits("b", { type: "incident", incident: 1, command: { type: "task.done", id: 7 } });
  expect(await engineReader.outcome(["a"])).toMatchObject({ kind: "applied", text: "INC-1: Alice: first" });
  const both = await engineReader.outcome(["a", "b"]);
  expect(both).toMatchObject({ kind: "refused", incident: 1, events: [{ type: "note.added" }] });
  expect(both?.text).toMatch(/^INC-1: Alice: first\n.*7/);
  expect(await engineReader.outcome(["a", "nobody-asked"])).toBeNull();
});

test("stores a text with characters that jsonb refuses", async () => {
  await submits("k", noteBody("a\u0000b"));
  expect(await engineReader.outcome(["k"])).toMatchObject({
    kind: "applied",
    text: expect.stringContaining("a") as string,
  });
});

test("ends an override by its number, and keeps the schedule's other override", async () => {
  const onCall = async (): Promise<unknown> =>
    (await engineReader.rota()).overrides.filter(({ until }) => until > rig.now).map(({ person }) => person);
  await submits("bob", standsIn("bob"));
  await submits("mia", standsIn("mia"));
  const began = await engineReader.outcome(["bob"]);
  await submits("end", { type: "shift.restore", schedule: "", override: began?.number ?? 0 });
  expect(await engineReader.outcome(["end"])).toMatchObject({ kind: "applied", number: began?.number });
  expect(await onCall()).toEqual(["mia"]);
  await submits("again", { type: "shift.restore", schedule: "", override: began?.number ?? 0 });
  expect(await engineReader.outcome(["again"])).toMatchObject({ kind: "refused" });
});
