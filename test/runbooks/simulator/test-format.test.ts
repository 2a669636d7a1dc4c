import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase, type DatabaseConnection } from "#db/client.ts";
import { formatProblem } from "#runbooks/index.ts";
import { readTests } from "#runbooks/simulator/test-cases.ts";
import { runCase } from "#runbooks/simulator/run-case.ts";
import { freshDatabase, type TestDatabase } from "#test/support/harness/servers/test-database.ts";
import { GOOD_RUNBOOK, runbookOf } from "#test/support/builders/runbooks/runbooks.ts";

const TESTS = `inventory:
  services: { order-service: { namespace: shop, deployment: order-service, oncall: '@orders-oncall' } }
groups: { '@orders-oncall': [alice] }
alert:
  labels: { alertname: HighLatency, service: order-service, pod: order-service-7d9f-x2x }
answers: { pool: 0.97, slow-statements: [] }
measures: { 0m: 8.5 }
cases:
  - name: it is restarted
    answers: { restart: done }
    approvals: [{ at: 1m, by: alice, approves: restart }]
    measures: { 0m: 8.5, 2m: 0.4 }
    resolves: 4m
    expect:
      outcome: verified
      steps: { restart: ran, tell: ran }
`;
const runbook = await runbookOf(GOOD_RUNBOOK);
const read = (text: string): readonly string[] =>
  readTests(text, "order-latency.test.yaml", runbook).problems.map(formatProblem);

let database: TestDatabase;
let connection: DatabaseConnection;
beforeAll(async () => {
  database = await freshDatabase();
  connection = await openDatabase({ kind: "server", url: database.url, connections: 4 }, () => {});
});
afterAll(async () => {
  await connection.close();
  await database.drop();
});
/** The differences that the first case of a test reports. */
async function differs(text: string): Promise<readonly string[]> {
  expect(read(text)).toEqual([]);
  return (await runCase(connection, runbook, readTests(text, "order-latency.test.yaml", runbook).cases[0]!)).map(
    formatProblem,
  );
}

describe("mistakes are reported at their place, with the fix", () => {
  test("a good one has no problem", () => expect(read(TESTS)).toEqual([]));

  test.each([
    ["a step that there is not", ["pool: 0.97", "pol: 0.97"], '6:12: order-latency has no step "pol"; write "pool"'],
    [
      "a step that nothing is known of",
      ["restart: ran, tell", "restrat: ran, tell"],
      '16:16: order-latency has no step "restrat"; write "restart"',
    ],
    [
      "an answer of another kind",
      ["pool: 0.97", "pool: full"],
      "6:18: this is nothing that answers prometheus.query; write a number, none",
    ],
    [
      "an answer to a message",
      ["restart: done", "tell: done"],
      "10:16: notify asks nobody for an answer; remove this answer",
    ],
    [
      "an answer to a guard that there is not",
      ["restart: done", "restart.guard: []"],
      "10:16: restart has no guard; remove this answer",
    ],
    ["a key that there is not", ["resolves:", "resolve:"], '13:5: unknown key "resolve"; write "resolves"'],
    [
      "an outcome that there is not",
      ["verified", "fine"],
      "15:16: none of the values that are possible here; write one of verified, not verified",
    ],
    [
      "a time that is none",
      ["2m: 0.4", "soon: 0.4"],
      '12:32: "soon" is no time after the alert; write it like 0m, 90s or 3m',
    ],
    [
      "two measures of one",
      ["{ 0m: 8.5, 2m: 0.4 }", "{ 0m: [8.5, 1] }"],
      "12:15: 2 values, and order-latency verifies 1 measures; write a list of 1",
    ],
    [
      "a step of which nothing is said",
      [", tell: ran", ""],
      "15:7: does not say what becomes of tell; add below steps: tell: ran, or skipped",
    ],
    [
      "a person who answers nothing",
      [", approves: restart", ""],
      "11:17: say what is answered; write one of approves and denies, and the step",
    ],
    [
      "no alert",
      ["alert:\n  labels: { alertname: HighLatency, service: order-service, pod: order-service-7d9f-x2x }\n", ""],
      "no alert; add alert:",
    ],
    [
      "a key twice",
      ["resolves: 4m", "resolves: 4m\n    resolves: 5m"],
      "14:5: Map keys must be unique; remove one of the two",
    ],
    ["an anchor", ["answers: { pool", "answers: &a { pool"], "anchors and aliases (& and *) are not supported here"],
  ])("%s", (_, [from, to], says) => {
    expect(TESTS).toContain(from);
    expect(read(TESTS.replace(from!, to!)).join("\n")).toContain(says);
  });
});

describe("differences are reported at the expectation", () => {
  test("without any difference", async () => expect(await differs(TESTS)).toEqual([]));

  test.each([
    [
      "another outcome",
      ["outcome: verified", "outcome: denied"],
      "15:16: it came out as verified (0.4 (wanted < 1)), expected denied",
    ],
    ["another fate", ["tell: ran", "tell: skipped"], "16:36: tell ran, expected skipped"],
    [
      "another argument",
      ["outcome: verified", "outcome: verified\n      plan: { restart: { namespace: db } }"],
      '16:37: namespace of restart is "shop"; expected "db"',
    ],
    [
      "another text",
      ["outcome: verified", "outcome: verified\n      texts: { tell: all is well }"],
      'tell says "The pool of order-service was at 0.97."; expected it',
    ],
    [
      "a question without an answer",
      ["restart: done", "{}"],
      "restart asks (k8s.restart) and there is no answer; add below answers: restart: and done",
    ],
    ["an answer that nobody wants", ["[]", "[{ pid: 1 }]"], "nobody asked for the answer of restart; remove it"],
    [
      "a column that a statement does not find",
      ["[]", "[{ id: 1 }]"],
      "the statement of slow-statements finds no id; it finds pid",
    ],
    [
      "measures that nobody wrote down",
      ["measures: { 0m: 8.5 }\n", ""],
      "and there are no measures; add measures: { 0m:",
    ],
    [
      "somebody who may not",
      ["by: alice", "by: mallory"],
      "mallory is told: Only @orders-oncall may approve this.; write who may",
    ],
    [
      "an answer to what is not asked",
      ["approves: restart", "approves: tell"],
      "nobody is asked about tell then; the run asks about restart",
    ],
    [
      "nobody is paged",
      ["outcome: verified", "outcome: verified\n      escalates: orders-lead"],
      "16:18: nobody is paged for it; expected orders-lead",
    ],
    [
      "nothing is put back",
      ["outcome: verified", "outcome: verified\n      undone: [restart]"],
      "nothing was put back; expected restart",
    ],
  ])("%s", async (_, [from, to], says) => {
    let text = TESTS.replace(from === "restart: done" ? "{ restart: done }" : from!, to!);
    if (says.includes("no measures")) text = text.replace("    measures: { 0m: 8.5, 2m: 0.4 }\n", "");
    expect(text).not.toBe(TESTS);
    expect((await differs(text)).join("\n")).toContain(says);
  });

  test("a statement that PostgreSQL refuses is wrong, with any expected result", async () => {
    const lag = GOOD_RUNBOOK.replace(
      "SELECT pid FROM pg_stat_activity WHERE application_name = $1",
      "SELECT now() - pg_last_wal_receive_lsn() AS pid WHERE $1 IS NOT NULL",
    );
    const broken = await runbookOf(lag);
    const { cases } = readTests(TESTS, "order-latency.test.yaml", broken);
    expect((await runCase(connection, broken, cases[0]!)).map(formatProblem).join("\n")).toContain(
      "PostgreSQL does not take the statement of slow-statements: operator does not exist",
    );
  });
});

test("the tests that the page for authors shows are good, and pass", { timeout: 60_000 }, async () => {
  const page = await readFile("docs/runbooks.md", "utf8");
  const shown = await runbookOf(/^````markdown\n(.*?)^````$/ms.exec(page)?.[1] ?? "", "runbooks/orders-stuck.md");
  const { cases, problems } = readTests(
    /^````yaml\n(.*?)^````$/ms.exec(page)?.[1] ?? "",
    "orders-stuck.test.yaml",
    shown,
  );
  expect(problems.map(formatProblem)).toEqual([]);
  expect(cases.length).toBeGreaterThan(4);
  for (const each of cases)
    expect([each.name, ...(await runCase(connection, shown, each)).map(formatProblem)]).toEqual([each.name]);
});
