import { createHmac } from "node:crypto";
import { expect } from "vitest";
import { SIGNING_SECRET, startApp, type TestApp } from "./test-app.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { textsOf } from "#test/support/doubles/slack/block-kit.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import type { JsonObject } from "#test/support/builders/json.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

export const ALICE_ID = "U0ALICE01";
export const BOB_ID = "U0BOB0001";
export const STRANGER_ID = "U0STRANGE";
export const OTHER_CHANNEL = "C0ELSEWHERE";

type HttpAnswer = { readonly status: number; readonly text: string };

/** People in front of a Muster with INC-1, a P1 of order-service: what they do arrives as requests that Slack has signed. */
export class SignedRequests {
  readonly app: TestApp;
  #asked = 0;

  private constructor(app: TestApp) {
    this.app = app;
  }

  static async open(
    policy: object = STAFFED_POLICY,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<SignedRequests> {
    const app = await startApp({
      settings: { SLACK_BOT_TOKEN: "xoxb-test", SLACK_SIGNING_SECRET: SIGNING_SECRET, ...settings },
      policy,
    });
    app.chat.people.set(BOB_ID, { name: "Bob", zone: "America/New_York" });
    app.chat.people.set(STRANGER_ID, { name: "Sam", zone: "UTC" });
    await app.post(
      "/webhooks/alertmanager",
      deliveryOf([alertOf({ service: "order-service", severity: "P1" }, { startsAt: NOW })]),
    );
    await app.settles();
    return new SignedRequests(app);
  }

  async send(body: string, type: string): Promise<HttpAnswer> {
    const timestamp = String(Math.floor(wallClock() / 1_000));
    const signature = `v0=${createHmac("sha256", SIGNING_SECRET).update(`v0:${timestamp}:${body}`).digest("hex")}`;
    const response = await fetch(`${this.app.url}/slack/events`, {
      method: "POST",
      body,
      headers: { "content-type": type, "x-slack-request-timestamp": timestamp, "x-slack-signature": signature },
    });
    return { status: response.status, text: await response.text() };
  }

  /** `/incident TEXT`; answers what only they see, "" when nothing. */
  readonly types = async (
    text: string,
    { as = ALICE_ID, where = "C1", trigger = this.#trigger() } = {},
  ): Promise<string> => {
    const name = as === STRANGER_ID ? "Sam" : "x";
    const { status, text: body } = await this.#form({
      command: "/incident",
      text,
      user_id: as,
      user_name: name,
      channel_id: where,
      team_id: "T1",
      trigger_id: trigger,
    });
    expect(status).toBe(200);
    await this.app.settles();
    return body === "" ? "" : textsOf((JSON.parse(body) as { blocks: readonly JsonObject[] }).blocks).join("\n");
  };

  readonly interacts = (payload: object): Promise<HttpAnswer> =>
    this.#form({ payload: JSON.stringify({ team: { id: "T1" }, api_app_id: "A1", ...payload }) });

  readonly clicks = async (
    action: string,
    value: string,
    { as = ALICE_ID, trigger = this.#trigger() } = {},
  ): Promise<HttpAnswer> => {
    const answer = await this.interacts({
      type: "block_actions",
      user: { id: as, username: "x" },
      channel: { id: "C1" },
      trigger_id: trigger,
      actions: [{ type: "button", action_id: action, block_id: "b", value, action_ts: "1" }],
    });
    await this.app.settles();
    return answer;
  };

  readonly submits = (
    callback: string,
    values: object,
    meta: object = { incident: 1, channel: "C1" },
    view = this.#trigger(),
  ): Promise<HttpAnswer> =>
    this.interacts({
      type: "view_submission",
      user: { id: BOB_ID, name: "bob" },
      view: {
        id: view,
        hash: "h",
        type: "modal",
        callback_id: callback,
        private_metadata: JSON.stringify(meta),
        title: { type: "plain_text", text: "t" },
        state: { values },
        blocks: [],
      },
    });

  readonly happens = async (event: object, id = this.#trigger()): Promise<number> => {
    const body = JSON.stringify({
      type: "event_callback",
      event_id: id,
      event_time: 1,
      team_id: "T1",
      api_app_id: "A1",
      event,
    });
    const { status } = await this.send(body, "application/json");
    await this.app.settles();
    return status;
  };

  readonly incident = (id = "INC-1"): Promise<Record<string, unknown>> => this.app.json(`/api/incidents/${id}`);

  readonly entries = async (): Promise<
    { readonly at: string; readonly summary: string; readonly permalink: string | null }[]
  > =>
    (
      await this.app.json<{ entries: { at: string; summary: string; permalink: string | null }[] }>(
        "/api/incidents/INC-1/timeline",
      )
    ).entries;

  readonly lines = async (): Promise<string[]> => (await this.entries()).map(({ summary }) => summary);

  #form(fields: Readonly<Record<string, string>>): Promise<HttpAnswer> {
    return this.send(new URLSearchParams(fields).toString(), "application/x-www-form-urlencoded");
  }

  #trigger(): string {
    return `t${this.#asked++}`;
  }
}

export const textInput = (field: string, value: string) => ({
  [field]: { [field]: { type: "plain_text_input", value } },
});
export const selectedChoice = (field: string, value: string) => ({
  [field]: { [field]: { type: "static_select", selected_option: { value } } },
});
