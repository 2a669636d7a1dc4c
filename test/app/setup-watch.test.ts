import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createSetupWatch, type SetupWatch } from "#app/integrations/setup-watch.ts";
import { inviteRefusedPeople } from "#engine/channel/refused-people.ts";
import { readConfig } from "#config/app-config.ts";
import { SLACK_SCOPES } from "#integrations/slack/app-manifest.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { startHttpDouble, type HttpDouble } from "#test/support/doubles/http-double.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

const ALL_SCOPES = SLACK_SCOPES.map(({ name }) => name);
const POLICY = {
  ...STAFFED_POLICY,
  channels: { incidents: "incidents" },
  teams: { orders: { ...STAFFED_POLICY.teams.orders, channel: "#orders-alerts" } },
};

/** A workspace of which only the setup is asked. */
const workspace: { scopes: readonly string[] | null; joined: readonly string[]; open: readonly string[] } = {
  scopes: ALL_SCOPES,
  joined: ["incidents", "orders-alerts"],
  open: ["general"],
};
let slack: HttpDouble;
let app: TestApp;
beforeAll(async () => {
  slack = await startHttpDouble((request, response) => {
    const channels = (names: readonly string[]): object => ({
      channels: names.map((name) => ({ id: `C${name}`, name })),
    });
    const answer = request.url?.includes("users.conversations")
      ? channels(workspace.joined)
      : request.url?.includes("conversations.list")
        ? channels([...workspace.open, ...workspace.joined])
        : { user: "muster", team: "Example" };
    const scopes = workspace.scopes === null ? {} : { "x-oauth-scopes": workspace.scopes.join(",") };
    response
      .writeHead(200, { "content-type": "application/json", ...scopes })
      .end(JSON.stringify({ ok: true, ...answer }));
  });
});
beforeEach(
  () => void Object.assign(workspace, { scopes: ALL_SCOPES, joined: ["incidents", "orders-alerts"], open: [] }),
);
afterAll(() => slack.close());

const settings = (): Record<string, string> => ({
  SLACK_BOT_TOKEN: "xoxb-test",
  SLACK_SIGNING_SECRET: "s",
  SLACK_API_URL: `${slack.url}/api/`,
});
/** A second watch over the same app, which is asked when a test asks. */
const watchOf = (policy: object = {}): SetupWatch => {
  const { engine } = app;
  const read = readConfig(settings());
  return createSetupWatch(read, { ...engine, policy: () => ({ ...engine.policy(), ...policy }) }, { sweepEvery: null });
};
afterEach(() => app.stop());

test("names each fault with its remedy, and no longer when it is mended", async () => {
  app = await startApp({ policy: POLICY });
  const watch = watchOf();
  const faults = async (): Promise<string> => {
    await watch.look();
    return (await watch.faults()).join("\n");
  };
  expect(await faults()).toBe("");
  workspace.scopes = ALL_SCOPES.filter((name) => name !== "pins:write");
  expect(await faults()).toBe(
    'the app lacks the scope pins:write: the card is not pinned. Add it under OAuth & Permissions (or paste the output of "muster manifest") and install the app again.',
  );
  workspace.scopes = null;
  expect(await faults(), "Slack did not name them").toBe("");
  workspace.scopes = ALL_SCOPES;
  workspace.joined = ["incidents"];
  expect(await faults()).toBe(
    "Slack shows Muster no channel #orders-alerts (teams.orders.channel): create it, write /invite @Muster in it if it is private, or correct teams.orders.channel in muster.yaml.",
  );
  workspace.open = ["orders-alerts"];
  expect(await faults()).toBe("");
  workspace.scopes = ALL_SCOPES.filter((name) => name !== "chat:write.public");
  expect(await faults()).toContain(
    "Muster is not in #orders-alerts (teams.orders.channel), and may not post there from outside: write /invite @Muster in it, or give the app the scope chat:write.public.",
  );
  workspace.joined = ["incidents", "orders-alerts"];
  expect(await faults()).not.toContain("#orders-alerts");
});

test("an invitation that is refused is a fault with the chat's reason, invited again, and gone when the person is in", async () => {
  app = await startApp({ policy: POLICY });
  const { chat } = app;
  chat.refuses.set("Alice", "user_is_restricted");
  await app.fires({ alertname: "Down", service: "order-service", severity: "P2" });
  await app.settles();
  const watch = watchOf();
  expect(await watch.faults()).toEqual(["Not in the channel of INC-1: Alice: Slack reports user_is_restricted."]);
  const reported = async (): Promise<number> =>
    JSON.stringify(await app.json("/api/incidents/INC-1/timeline")).split('"chat.failed"').length - 1;
  expect(await reported()).toBe(1);
  await inviteRefusedPeople(app.engine);
  app.time.now += MINUTE;
  await app.settles();
  expect(await reported()).toBe(1);
  chat.refuses.clear();
  await inviteRefusedPeople(app.engine);
  app.time.now += MINUTE;
  await app.settles();
  expect(await watch.faults()).toEqual([]);
  expect([...chat.channels.values()][0]!.members).toContain("Alice");
});

test("the front page, the log and health show it", async () => {
  workspace.scopes = ALL_SCOPES.filter((name) => name !== "pins:write");
  app = await startApp({ policy: POLICY, settings: settings(), overrides: { sweepEvery: 1e8 } });
  const words = "the app lacks the scope pins:write: the card is not pinned";
  await waitFor(async () => (await (await app.get("/")).text()).includes(words), {
    what: "the fault on the front page",
  });
  const health = await app.json<{ degraded: boolean; checks: Record<string, { error?: string }> }>("/health/ready");
  expect([health.degraded, health.checks["setup"]?.error]).toEqual([true, expect.stringContaining(words) as string]);
  expect(app.log.lines.some((line) => JSON.stringify(line).includes("pins:write"))).toBe(true);
});

test("shows faults in the chat to admins alone where the policy names them", async () => {
  app = await startApp({ policy: POLICY });
  workspace.scopes = ALL_SCOPES.filter((name) => name !== "pins:write");
  const shown = async (admins: readonly string[], id: string): Promise<number> => {
    const watch = watchOf({ access: { ...app.engine.policy().access, admins } });
    await watch.look();
    return (await watch.faultsFor({ id, name: "" })).length;
  };
  const alice = app.engine.policy().people["alice"]?.chatId ?? "";
  expect([await shown([], alice), await shown(["alice"], alice), await shown(["alice"], "U0STRANGER")]).toEqual([
    1, 1, 0,
  ]);
});
