import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { startSlackLine, type SlackLine } from "#test/support/doubles/slack/socket-line.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

const APP_TOKEN = "xapp-1-test";
const ALICE_FORM = { user_id: "U0ALICE01", user_name: "alice" };

let socketLine: SlackLine;
let app: TestApp | null = null;
beforeEach(async () => void (socketLine = await startSlackLine(APP_TOKEN)));
afterEach(async () => {
  await app?.stop();
  app = null;
  await socketLine.close();
});

const begins = async (appToken = APP_TOKEN): Promise<TestApp> => {
  app = await startApp({
    settings: { SLACK_BOT_TOKEN: "xoxb-test", SLACK_APP_TOKEN: appToken, SLACK_API_URL: socketLine.apiUrl },
  });
  await app.fires({ service: "order-service", severity: "P1" }, { startsAt: NOW });
  return app;
};
const connectionsOpened = (times: number): Promise<unknown> =>
  waitFor(() => socketLine.opened() >= times, { what: `line ${times}`, timeoutMs: 15_000 });
const typed = (text: string, trigger: string): object => ({
  ...ALICE_FORM,
  command: "/incident",
  text,
  channel_id: "C1",
  team_id: "T1",
  trigger_id: trigger,
});
const ackOf = async (id: string) => {
  await waitFor(() => socketLine.acked.some(({ envelope_id }) => envelope_id === id), {
    what: `the acknowledgement of ${id}`,
  });
  return socketLine.acked.find(({ envelope_id }) => envelope_id === id)!.payload;
};

describe("in Socket Mode", () => {
  test("a verb is stored before it is acknowledged, and once for repeated deliveries", async () => {
    const muster = await begins();
    await connectionsOpened(1);
    socketLine.send("e1", "slash_commands", typed("ack", "t1"));
    expect(await ackOf("e1")).toEqual({});
    socketLine.send("e2", "slash_commands", typed("ack", "t1"));
    await ackOf("e2");
    await muster.settles();
    const { rows } = await muster.engine.connection.pool.query("select outcome from commands where key = 'person:t1'");
    expect(rows).toEqual([{ outcome: "applied" }]);
    expect(await muster.json("/api/incidents/INC-1")).toMatchObject({
      status: "acknowledged",
      pages: [{ status: "acknowledged" }],
    });
  });

  test("an answer arrives with the acknowledgement", async () => {
    await begins();
    await connectionsOpened(1);
    socketLine.send("e1", "slash_commands", typed("status", "t1"));
    expect(JSON.stringify(await ackOf("e1"))).toContain("INC-1");
  });

  test("an event is stored before it is acknowledged", async () => {
    const muster = await begins();
    await connectionsOpened(1);
    const event = {
      type: "reaction_added",
      user: "U0ALICE01",
      reaction: "pushpin",
      item: { type: "message", channel: "C1", ts: "1.1" },
    };
    socketLine.send("e1", "events_api", {
      type: "event_callback",
      event_id: "Ev1",
      event_time: 1,
      team_id: "T1",
      api_app_id: "A1",
      event,
    });
    await ackOf("e1");
    const { rows } = await muster.engine.connection.pool.query("select type from commands where key = 'slack:Ev1'");
    expect(rows).toEqual([{ type: "message.mark" }]);
  });

  test("reconnects when Slack asks for it", async () => {
    await begins();
    await connectionsOpened(1);
    socketLine.refresh();
    await connectionsOpened(2);
    socketLine.send("e1", "slash_commands", typed("status", "t1"));
    await ackOf("e1");
  });

  test("starts while Slack is down, reports it, and reconnects when it is back", async () => {
    socketLine.away(true);
    const muster = await begins();
    const health = await muster.json<{ checks: Record<string, { healthy: boolean; error?: string }> }>("/health/ready");
    expect(health.checks["slack-line"]).toMatchObject({
      healthy: false,
      error: expect.stringContaining("no line to Slack is open: ") as string,
    });
    socketLine.away(false);
    await connectionsOpened(1);
    await waitFor(
      async () =>
        (await muster.json<{ checks: Record<string, { healthy: boolean }> }>("/health/ready")).checks["slack-line"]
          ?.healthy === true,
      {
        what: "a healthy line",
      },
    );
  });

  test("a wrong app token is no end of anything", async () => {
    const muster = await begins("xapp-1-wrong");
    await waitFor(() => muster.log.selfAlerts.some((each) => each.includes("a request failed")), {
      what: "a complaint",
    });
    expect(await muster.json("/api/incidents/INC-1")).toMatchObject({ id: "INC-1" });
    const { checks } = await muster.json<{ checks: Record<string, object> }>("/health/ready");
    expect(checks["slack-line"]).toMatchObject({
      healthy: false,
      error: expect.stringContaining("invalid_auth") as string,
    });
    expect(await (await muster.get("/metrics")).text()).toMatch(
      /muster_chat_calls_total\{chat="slack",method="socket.line",outcome="[^"]+"\} [1-9]/,
    );
  });

  test("nothing is accepted by HTTP", async () => {
    const muster = await begins();
    const response = await muster.post("/slack/events", {});
    expect([response.status, await response.json()]).toEqual([
      404,
      { error: "Socket Mode is on: Slack's requests come over the line that Muster dials" },
    ]);
  });
});
