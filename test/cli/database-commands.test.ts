import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyAuditChain } from "#db/audit/audit-chain.ts";
import { readEvents } from "#db/events.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import { evolveIncident } from "#domain/events/evolve.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { dumpDatabase } from "#test/support/harness/servers/database-dump.ts";
import { runCli, type CommandOutput } from "#test/support/harness/processes/run-cli.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";
import { listSessions, openSession } from "#db/sessions/account-sessions.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const directory = temporaryDirectory("cli-erasure");
const PRIVATE = 'Call Jane Roe at "555-0100" <home> & say nothing';

let app: TestApp;
beforeAll(async () => {
  const bob = { ...STAFFED_POLICY.people.bob, api: ["bobs-laptop"], oidc: "sub-of-bob" };
  app = await startApp({ policy: { ...STAFFED_POLICY, people: { ...STAFFED_POLICY.people, bob } } });
  await app.fires({ service: "order-service", severity: "P1" }, { startsAt: NOW - MINUTE });
  await acts({ type: "note.add", text: PRIVATE });
  await acts({ type: "note.add", text: "ok" }, BOB);
  await acts({ type: "incident.resolve", reason: `Alice rolled back, see: ${PRIVATE}` });
});
afterAll(() => app.stop());

async function acts(command: object, actor = ALICE): Promise<void> {
  await app.submit(aSubmission({ type: "incident", incident: 1, command } as never, { actor }));
  await app.settles();
}

const runOnDatabase = (...args: string[]): Promise<CommandOutput> => {
  const { place } = app.engine.connection;
  return runCli(directory, args, {
    DATABASE_URL: place.kind === "server" ? place.url : "",
    MUSTER_CONFIG: app.policyFile,
  });
};
const dump = (): Promise<string> => dumpDatabase(app.engine.connection.pool);
const notes = async (): Promise<readonly string[]> =>
  (await readEvents(app.engine.connection.db, 1)).flatMap(({ type, data }) =>
    type === "note.added" ? [(data as { text: string }).text] : [],
  );

/** The state is still what its events make of it. */
async function expectWhole(): Promise<void> {
  const { db } = app.engine.connection;
  const events = await readEvents(db, 1);
  const [stored] = await incidentsByNumber(db, [1]);
  const folded = events.reduce<Incident | null>((state, event) => evolveIncident(state, event), null);
  const { uid } = stored!;
  expect(JSON.parse(JSON.stringify({ ...stored!.state, uid }))).toEqual(JSON.parse(JSON.stringify({ ...folded, uid })));
  expect((await verifyAuditChain(db)).problems).toEqual([]);
}

async function eventOf(text: string): Promise<number> {
  const events = await readEvents(app.engine.connection.db, 1);
  return events.find(({ type, data }) => type === "note.added" && (data as { text: string }).text === text)!.seq;
}

describe("muster redact", () => {
  test.each([
    [["INC-1"], "say which event"],
    [["INC-1", "event", "x"], "say which event"],
    [["17", "event", "1"], "say which event"],
  ])("shows how it is typed: %j", async (words, problem) => {
    const { code, err } = await runOnDatabase("redact", ...words);
    expect([code, err]).toEqual([2, expect.stringContaining(problem)]);
  });

  test("refuses an event that is not there", async () => {
    expect(await runOnDatabase("redact", "INC-1", "event", "999")).toMatchObject({
      code: 1,
      err: "There is no event 999 in INC-1.\n",
    });
  });

  test("takes the text out of everything it was copied to, and the event stays", async () => {
    const before = (await readEvents(app.engine.connection.db, 1)).length;
    expect(await dump()).toContain("555-0100");
    const { code, out } = await runOnDatabase(
      "redact",
      "INC-1",
      "event",
      String(await eventOf(PRIVATE)),
      "--as",
      "carol",
    );
    expect([code, out]).toEqual([0, expect.stringMatching(/taken out of \d+ rows and \d+ entries/)]);
    expect(await dump()).not.toMatch(/555-0100|Jane Roe/);
    expect(await notes()).toEqual(["[redacted]", "ok"]);
    expect(await readEvents(app.engine.connection.db, 1)).toHaveLength(before);
    await expectWhole();
  });

  test("takes a short text out of its incident only, where it is all of a text", async () => {
    const { code } = await runOnDatabase("redact", "INC-1", "event", String(await eventOf("ok")));
    expect([code, await notes()]).toEqual([0, ["[redacted]", "[redacted]"]]);
    await expectWhole();
  });
});

describe("muster redact leaves no copy", () => {
  const copies = async (beginning: string): Promise<readonly string[]> =>
    (await dump()).split("\n").filter((line) => line.includes(beginning));
  const redactsNote = async (beginning: string): Promise<void> => {
    const events = await readEvents(app.engine.connection.db, 1);
    const { seq } = events.find(({ data }) => (data as { text?: string }).text?.startsWith(beginning) === true)!;
    expect((await runOnDatabase("redact", "INC-1", "event", String(seq))).code).toBe(0);
  };

  test("as it was typed, with other white space than the event has", async () => {
    await acts({ type: "note.add", text: "Joan\tRoe  has the keys\n\tto the safe" });
    await redactsNote("Joan");
    expect(await copies("Joan")).toEqual([]);
    await expectWhole();
  });

  test("cut to what fits somewhere", async () => {
    await acts({ type: "note.add", text: `Johann "Hans" ${"went on and on about it, ".repeat(120)}` });
    await redactsNote("Johann");
    expect(await copies("Johann")).toEqual([]);
    await expectWhole();
  });

  test("in the log of what was done, however short it is", async () => {
    await acts({ type: "note.add", text: "PIN 4711" }, BOB);
    await acts({ type: "note.add", text: "#4711" }, BOB);
    await redactsNote("#4711");
    expect((await copies("#4711")).map((line) => line.slice(0, 200))).toEqual([]);
    expect(await copies("PIN 4711")).not.toEqual([]);
    await expectWhole();
  });
});

describe("muster forget", () => {
  test("is refused while an open incident names the person", async () => {
    await acts({ type: "incident.reopen", reason: "still broken" });
    const { code, err } = await runOnDatabase("forget", ALICE.id);
    expect([code, err]).toEqual([1, expect.stringContaining("INC-1 is open and names this person")]);
    await acts({ type: "incident.resolve", reason: "rolled back" });
  });

  test("takes a person out of every table and of the log; what they did stays", async () => {
    expect(await dump()).toContain(ALICE.id);
    const events = (await readEvents(app.engine.connection.db, 1)).length;
    const { code, out, err } = await runOnDatabase("forget", ALICE.id);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("taken out of");
    const left = await dump();
    expect(left).not.toContain(ALICE.id);
    expect(left).not.toMatch(/\bAlice\b/);
    expect(left).toContain("Forgotten person");
    expect(left).toContain(BOB.id);
    expect(await readEvents(app.engine.connection.db, 1)).toHaveLength(events);
    await expectWhole();
    expect((await app.get("/incidents/INC-1")).status).toBe(200);
  });

  test("takes all ids out that the policy joins, and ends the person's sessions", async () => {
    await acts({ type: "note.add", text: "from a laptop" }, { kind: "person", id: "api:bobs-laptop", name: "laptop" });
    const { db } = app.engine.connection;
    const times = { openedAt: NOW, provedAt: NOW, seenAt: NOW, expiresAt: NOW + HOUR, until: NOW + HOUR };
    const session = { name: "B. Ob", groups: [], way: "oidc", renewal: "sealed", ...times };
    await openSession(db, "one", { ...session, person: "oidc:sub-of-bob", email: null });
    await openSession(db, "two", { ...session, person: "oidc:other", email: "Bob@Example.com" });
    await openSession(db, "three", { ...session, person: ALICE.id, email: "zoe@example.com" });
    const { code, err } = await runOnDatabase("forget", "bob");
    expect([code, err]).toEqual([0, ""]);
    expect(await listSessions(db, NOW, 10)).toMatchObject([{ person: ALICE.id }]);
    const left = await dump();
    for (const id of [BOB.id, "bobs-laptop", "sub-of-bob"]) expect(left).not.toContain(id);
    expect(left).not.toMatch(/bob@example\.com/i);
    await expectWhole();
  });
});

describe("muster audit", () => {
  test("verify reports that the log is whole, and prints an anchor that it accepts later", async () => {
    const { code, out } = await runOnDatabase("audit", "verify");
    expect([code, out]).toEqual([0, expect.stringMatching(/^The audit log is whole: \d+ entries, \d+ erased\.\n/)]);
    const anchor = /--anchor: (\S+)/.exec(out)![1]!;
    await acts({ type: "note.add", text: "later" }, BOB);
    expect((await runOnDatabase("audit", "verify", "--anchor", anchor)).code).toBe(0);
    const other = anchor.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    expect(await runOnDatabase("audit", "verify", "--anchor", other)).toMatchObject({
      code: 1,
      out: expect.stringContaining("is not the one that was noted") as string,
    });
  });

  test("export prints each entry as a line, and only later ones with --after", async () => {
    const { out } = await runOnDatabase("audit", "export");
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { seq: number; what: string });
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, i) => i + 1));
    expect(lines.map(({ what }) => what)).toEqual(
      expect.arrayContaining(["note.add", "event.redacted", "person.forgotten"]),
    );
    const last = await runOnDatabase("audit", "export", "--format", "cef", "--after", String(lines.length - 1));
    expect(last.out).toMatch(/^<109>1 \S+ - muster - command - CEF:0\|Muster\|.*\n$/);
    expect((await runOnDatabase("audit", "export", "--format", "xml")).code).toBe(2);
  });
});
