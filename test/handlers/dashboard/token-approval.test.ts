import { afterEach, describe, expect, test } from "vitest";
import { startApp, type TestApp, BrowserSession } from "#test/support/harness/app.ts";
import { automationRuntimeOf, aRunbookText, catalogOf } from "#test/support/builders/runbooks/catalogs.ts";
import { FakeMetrics } from "#test/support/doubles/ports/fake-measurements.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { ALICE_PERSON } from "#test/support/builders/people.ts";

/** Alice is known by the name "alice" through the API, as the policy lists her; her approval would be enough for RUN-1. */
const POLICY = {
  ...STAFFED_POLICY,
  people: { ...STAFFED_POLICY.people, alice: { ...STAFFED_POLICY.people.alice, api: ["alice"] } },
};

let app: TestApp;
afterEach(() => app.stop());

async function opensWithRun(settings: Readonly<Record<string, string>>): Promise<void> {
  const metrics = new FakeMetrics();
  metrics.values.set("latency", 8.5);
  app = await startApp({
    policy: POLICY,
    settings,
    overrides: { automation: automationRuntimeOf(await catalogOf(aRunbookText()), { metrics }) },
  });
  app.chat.groups.set("@oncall", [ALICE_PERSON.id]);
  await app.fires({ alertname: "HighLatency", service: "order-service", severity: "P2" }, { startsAt: NOW });
}

async function runState(authorization: Readonly<Record<string, string>>): Promise<unknown> {
  await app.settles();
  const { runs } = (await (await app.get("/api/runs", { ...authorization })).json()) as { runs: { state: string }[] };
  return runs[0]!.state;
}

describe.each([
  { name: "a token that is shared", settings: { MUSTER_API_TOKENS: "secret" }, password: "secret" },
  { name: "a program on this machine, where no token is set", settings: {}, password: "anything" },
])("$name", ({ settings, password }) => {
  const basic = { authorization: `Basic ${Buffer.from(`alice:${password}`).toString("base64")}` };

  test.each(["runbook approve RUN-1", "INC-1 runbook approve RUN-1", "  RUNBOOK   approve run-1"])(
    "approves no run on the dashboard in the name of someone of the policy: %s",
    async (words) => {
      await opensWithRun(settings);
      expect(await runState(basic)).toBe("waiting-approval");
      const browser = new BrowserSession(app, `alice:${password}`);
      const page = await (await browser.get("/incidents/INC-1")).text();
      const of = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(page)![1]!;
      const form = { csrf: of("csrf"), key: of("key"), text: words };
      const answer = await browser.post("/incidents/INC-1/verbs", form, { origin: app.url });
      expect([answer.status, await runState(basic)]).toEqual([403, "waiting-approval"]);
    },
  );

  test("approves none by the API either", async () => {
    await opensWithRun(settings);
    const answer = await app.post("/api/verbs", { text: "runbook approve RUN-1", as: "alice" }, basic);
    expect([answer.status >= 400, await runState(basic)]).toEqual([true, "waiting-approval"]);
  });
});
