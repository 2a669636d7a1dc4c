import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCommandInterpreter } from "#engine/loop/command-interpreter.ts";
import { createReader } from "#engine/loop/reader.ts";
import { mountSlack } from "#handlers/slack/slack-connection.ts";
import { PortError } from "#ports/port-error.ts";
import { BUTTON_ACTIONS } from "#views/values/action-buttons.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { SIGNING_SECRET, startApp, type TestApp } from "#test/support/harness/app.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { closeServer, createHttpServer, startListening } from "#app/server.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ settings: { SLACK_BOT_TOKEN: "xoxb-test", SLACK_SIGNING_SECRET: SIGNING_SECRET } });
  for (const service of ["order-service", "quiet"])
    await app.post("/webhooks/alertmanager", deliveryOf([alertOf({ service, severity: "P1" }, { startsAt: NOW })]));
  await app.post(
    "/webhooks/alertmanager",
    deliveryOf([alertOf({ service: "quiet", severity: "P1" }, { startsAt: NOW, endsAt: NOW + 1 })]),
  );
  await app.settles();
});
afterAll(() => app.stop());

const seconds = (): number => Math.floor(wallClock() / 1_000);
const ALICE_PAYLOAD = { id: "U0ALICE01", username: "alice.slack", name: "alice.slack", team_id: "T1" };
const STRANGER = { id: "U0STRANGE", username: "sam", name: "sam", team_id: "T1" };

/** A request as Slack signs it. */
function send(payload: object, { to = app.url }: { to?: string } = {}): Promise<Response> {
  const timestamp = seconds();
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const signature = `v0=${createHmac("sha256", SIGNING_SECRET).update(`v0:${timestamp}:${body}`).digest("hex")}`;
  return fetch(`${to}/slack/events`, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": String(timestamp),
      "x-slack-signature": signature,
    },
  });
}

const click = (action: string, trigger: string, { incident = 1, user = ALICE_PAYLOAD } = {}): object => ({
  type: "block_actions",
  api_app_id: "A1",
  token: "t",
  team: { id: "T1", domain: "example" },
  user,
  channel: { id: "C1", name: "inc-1" },
  message: { type: "message", ts: "1.1", text: "" },
  container: { type: "message", message_ts: "1.1", channel_id: "C1", is_ephemeral: false },
  trigger_id: trigger,
  response_url: "https://hooks.slack.com/actions/T1/1/x",
  actions: [
    {
      type: "button",
      action_id: action,
      block_id: `incident:${incident}`,
      value: String(incident),
      action_ts: "1.1",
      text: { type: "plain_text", text: "" },
    },
  ],
});
const submission = (view: string, reason: string | null, incident = 1): object => ({
  type: "view_submission",
  api_app_id: "A1",
  token: "t",
  team: { id: "T1", domain: "example" },
  user: ALICE_PAYLOAD,
  trigger_id: `submit-${view}`,
  view: {
    id: view,
    hash: "1",
    type: "modal",
    callback_id: "resolve",
    private_metadata: JSON.stringify({ incident, channel: "C1" }),
    state: { values: { reason: { reason: { type: "plain_text_input", value: reason } } } },
    blocks: [],
  },
  response_urls: [],
});
const bodies = async (): Promise<unknown[]> =>
  (
    await app.engine.connection.pool.query(
      "select body from commands where type not like 'alerts%' and key like 'person:%' order by id",
    )
  ).rows.map(({ body }: { body: string }) => (JSON.parse(body) as { command: unknown }).command);

describe("a click", () => {
  test.each([
    [BUTTON_ACTIONS.acknowledge.id, { type: "incident.acknowledge" }],
    [BUTTON_ACTIONS.command.id, { type: "role.claim", role: "commander" }],
    [BUTTON_ACTIONS.scribe.id, { type: "role.claim", role: "scribe" }],
    [BUTTON_ACTIONS.mitigate.id, { type: "incident.mitigate" }],
  ])("on %s is one command, although Slack delivers it three times", async (action, command) => {
    const before = await bodies();
    for (let i = 0; i < 3; i++) {
      const response = await send(click(action, `trigger-${action}`));
      expect([response.status, await response.text()]).toEqual([200, ""]);
    }
    expect(await bodies()).toEqual([...before, command]);
  });

  test("with an answer address outside of Slack is refused, and stores nothing", async () => {
    const before = await bodies();
    for (const address of [
      "http://169.254.169.254/latest/",
      "https://hooks.slack.com.evil.example/x",
      "http://hooks.slack.com/x",
      "https://a@hooks.slack.com/x",
      "no address",
    ]) {
      const response = await send({
        ...click(BUTTON_ACTIONS.acknowledge.id, `ssrf-${address}`),
        response_url: address,
      });
      expect([address, response.status]).toEqual([address, 400]);
    }
    expect(await bodies()).toEqual(before);
  });

  test("is answered after it is stored, at once, before anything is applied", async () => {
    const { rows } = await app.engine.connection.pool.query(
      "select done_at, actor, reply_to, urgency from commands where key = $1",
      [`person:trigger-${BUTTON_ACTIONS.acknowledge.id}`],
    );
    expect(rows).toMatchObject([
      {
        done_at: null,
        actor: { kind: "person", id: "U0ALICE01", name: "Alice" },
        reply_to: { channel: "C1", user: "U0ALICE01" },
        urgency: 0,
      },
    ]);
  });

  test("is applied; a second person who claims the same role is refused politely, visible only to them", async () => {
    await send(click(BUTTON_ACTIONS.command.id, "too-late", { user: STRANGER }));
    await app.settles();
    expect(await app.json("/api/incidents/INC-1")).toMatchObject({
      status: "mitigated",
      roles: { commander: { id: "U0ALICE01", name: "Alice" }, scribe: { name: "Alice" } },
    });
    expect(app.chat.whispers).toEqual([
      { channel: "C1", user: "U0STRANGE", text: "Alice is Incident Commander. Ask them to hand over." },
    ]);
  });

  test("that cannot be stored fails for Slack, which then informs the person", async () => {
    const { server, app: http } = createHttpServer(new Map(), () => {}, false);
    const errors: Error[] = [];
    const submit = () => Promise.reject(new Error("the database is away"));
    const read = createReader(app.engine);
    const door = {
      act: createCommandInterpreter(app.engine, read, submit),
      submit,
      read,
      chat: app.chat,
      clock: () => NOW,
      policy: app.engine.policy,
      pageUrl: ({ number }: { readonly number: number }) => `https://muster.example/incidents/INC-${number}`,
      setup: { faults: () => Promise.resolve([]), faultsFor: () => Promise.resolve([]) },
    };
    mountSlack(
      http,
      {
        signingSecret: SIGNING_SECRET,
        token: "xoxb-test",
        socket: null,
        isSlacks: () => true,
        onError: (error) => void errors.push(error),
        warn: () => {},
        badSignature: () => {},
        now: wallClock,
        monotonic: wallClock,
        onLine: () => {},
      },
      door,
    );
    const port = await startListening(server, 0, "127.0.0.1");
    const response = await send(click(BUTTON_ACTIONS.acknowledge.id, "lost"), { to: `http://127.0.0.1:${port}` });
    await closeServer(server, 100);
    expect([response.status, errors.map(({ message }) => message)]).toEqual([503, ["the database is away"]]);
  });
});

describe("Resolve", () => {
  test("opens a form that asks for a reason while alerts fire, and stores nothing yet", async () => {
    const before = await bodies();
    const first: string[] = [];
    app.chat.during = (method) => void first.push(method);
    expect((await send(click(BUTTON_ACTIONS.resolve.id, "open-1"))).status).toBe(200);
    await waitFor(() => app.chat.callsOf("updateForm") > 0, { what: "the form" });
    app.chat.during = () => {};
    expect(first, "the form is there before anything is looked up").toEqual(["openForm", "updateForm"]);
    expect(app.chat.forms).toMatchObject([
      {
        trigger: "open-1",
        form: {
          callback_id: "resolve",
          private_metadata: expect.stringMatching(/^{"incident":1,"channel":"C1","about":"1~[\w-]+"}$/) as string,
        },
      },
    ]);
    expect(JSON.stringify(app.chat.forms[0]!.form)).toContain("1 alert is still firing");
    expect(await bodies()).toEqual(before);
  });

  test.each([
    ["", "nothing"],
    ["  \n ", "blanks"],
  ])("with %j in the field gives the error on the field (%s)", async (reason) => {
    const before = await bodies();
    const response = await send(submission("V1", reason));
    expect(await response.json()).toEqual({
      response_action: "errors",
      errors: { reason: expect.stringContaining("still fires") as string },
    });
    expect(await bodies()).toEqual(before);
  });

  test("with a reason resolves, once for repeated deliveries of the form", async () => {
    for (let i = 0; i < 2; i++) {
      const response = await send(submission("V2", "  rolled back "));
      expect([response.status, await response.text()]).toEqual([200, ""]);
    }
    expect((await bodies()).filter((command) => (command as { type: string }).type === "incident.resolve")).toEqual([
      { type: "incident.resolve", reason: "rolled back" },
    ]);
    await app.settles();
    expect(await app.json("/api/incidents/INC-1")).toMatchObject({ status: "resolved" });
  });

  test("that Slack delivers again opens no second form and answers nothing", async () => {
    app.chat.openForm = () => Promise.resolve(null);
    const calls = app.chat.calls.length;
    expect((await send(click(BUTTON_ACTIONS.resolve.id, "open-1"))).status).toBe(200);
    Reflect.deleteProperty(app.chat, "openForm");
    expect(app.chat.calls.slice(calls)).toEqual([]);
  });

  test("with an expired trigger is answered in words, visible only to the person", async () => {
    app.chat.fails(
      "openForm",
      new PortError("invalid", "Slack refused views.open: expired_trigger_id", { retryable: false }),
    );
    const before = app.chat.whispers.length;
    expect((await send(click(BUTTON_ACTIONS.resolve.id, "too-late"))).status).toBe(200);
    await waitFor(() => app.chat.whispers.length > before, { what: "the answer" });
    expect(app.chat.whispers.at(-1)).toEqual({
      channel: "C1",
      user: "U0ALICE01",
      text: "The form could not be opened in time. Try again, or say it in words: `/incident help resolve`.",
    });
  });

  test("needs no reason when no alert fires", async () => {
    const response = await send(submission("V3", null, 2));
    expect([response.status, await response.text()]).toEqual([200, ""]);
    await app.settles();
    expect(await app.json("/api/incidents/INC-2")).toMatchObject({ status: "resolved" });
  });
});
