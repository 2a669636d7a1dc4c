import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { HttpRequest, HttpResponse } from "#ports/http-requests.ts";
import { PortError } from "#ports/port-error.ts";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
let automation: EngineHarness["automation"];
/** What was sent, and what it is answered; a POST gives no answer. */
let posted: string[] = [];
let jobs: HttpResponse | PortError;
beforeAll(async () => {
  rig = await EngineHarness.open();
  ({ automation } = rig);
});
beforeEach(async () => {
  await rig.reset();
  posted = [];
  rig.policy = aPolicy({ ...STAFFED_POLICY, automation: { stepUp: false } });
});
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const http = {
  send: ({ method, key }: HttpRequest): Promise<HttpResponse> => {
    if (method === "POST") {
      posted.push(key);
      return Promise.reject(
        new PortError("server_error", "HTTP 503: busy", { retryable: true, mayHaveHappened: true }),
      );
    }
    return jobs instanceof PortError ? Promise.reject(jobs) : Promise.resolve(jobs);
  },
};
const jobsAnswer = (body: object): HttpResponse => ({
  ok: true,
  status: 200,
  type: "application/json",
  body: JSON.stringify(body),
  cut: false,
});

const PROBE =
  "probe: { uses: http.request, with: { url: 'https://jobs.example.com/jobs' }, holds: result.body.started == true }";

/** A run of which two people approved a request that gives no answer. `more`: keys of its step. */
async function asksTheService(more = ""): Promise<void> {
  const text = aRunbookText({ approve: "{ from: ['@alice', '@bob'], count: 2, expires: 10m }" })
    .replace("uses: sql.call", "uses: http.request")
    .replace(/^with: \{ datasource.*$/m, `with: { method: POST, url: 'https://jobs.example.com/jobs' }\n${more}`);
  await automation.shelve([text], { http });
  await automation.fires();
  await automation.approves(ALICE);
  await automation.approves(BOB);
}

test("a step without an answer shows what is known of it, in the run, its card and the timeline", async () => {
  await asksTheService();
  await rig.passes(10 * SECOND);
  const reason = "HTTP 503: busy; nobody can look whether it happened";
  expect(await automation.run()).toMatchObject({ state: "unknown", reason });
  expect((await rig.events()).find(({ type }) => type === "run.unknown")).toMatchObject({ data: { reason } });
  const card = rig.chat.messages.find(({ text }) => text.startsWith("RUN-1"));
  expect(JSON.stringify(card!.blocks)).toContain("HTTP 503: busy");
});

test("a probe that sees it needs no people", async () => {
  jobs = jobsAnswer({ started: true });
  await asksTheService(PROBE);
  await rig.passes(10 * SECOND);
  expect(await automation.stepStates()).toEqual(["latency finished", "cancel finished"]);
  expect(await automation.run()).toMatchObject({ state: "verifying" });
  expect(posted).toHaveLength(1);
});

test("a probe that sees that it did not happen lets it happen, once no one else can still do it", async () => {
  jobs = jobsAnswer({ started: false });
  await asksTheService(PROBE);
  await rig.passes(MINUTE);
  expect(posted).toHaveLength(1);
  await rig.passes(4 * MINUTE);
  expect(new Set(posted).size).toBe(1);
  expect(posted.length).toBeGreaterThan(1);
});

test("people are asked when the probe has no answer either", async () => {
  jobs = jobsAnswer({});
  await asksTheService(PROBE);
  await rig.passes(10 * SECOND);
  expect(await automation.run()).toMatchObject({
    state: "unknown",
    reason: expect.stringMatching(/^HTTP 503: busy; its probe has no answer: /),
  });
  await rig.reset();
  rig.policy = aPolicy({ ...STAFFED_POLICY, automation: { stepUp: false } });
  jobs = new PortError("forbidden", "no access", { retryable: false });
  await asksTheService(PROBE);
  await rig.passes(10 * SECOND);
  expect((await automation.run()).reason).toBe("HTTP 503: busy; its probe has no answer: no access");
});
