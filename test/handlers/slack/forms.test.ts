import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MINUTE } from "#test/support/builders/instants.ts";
import { SlackPeople } from "#test/support/harness/app.ts";
import { textsOf } from "#test/support/doubles/slack/block-kit.ts";
import type { SlackDelivery, PersonName } from "#test/support/doubles/slack/slack-double.ts";

let slack: SlackPeople;
let room: string;
beforeAll(async () => {
  slack = await SlackPeople.open(() => ({ permissions: { severity: ["commander"] } }));
  slack.emulated.zones.set(slack.id("alice"), "America/New_York");
  room = await slack.incident({ service: "order-service" });
  slack.app.time.now = Date.UTC(2026, 10, 21, 14, 32);
});
afterAll(async () => {
  expect(slack.emulated.violations).toEqual([]);
  await slack.close();
});

type Values = Readonly<Record<string, string | object>>;
const picked = (value: string): object => ({
  type: "static_select",
  selected_option: { text: { type: "plain_text", text: value }, value },
});
const checked = (...values: string[]): object => ({
  type: "checkboxes",
  selected_options: values.map((value) => ({ value })),
});

/** Types words that open a form, and waits for it; then submits it. */
async function fills(as: PersonName, words: string, values: Values): Promise<SlackDelivery> {
  const since = slack.emulated.calls.length;
  await slack.types(as, words, room);
  const view = await slack.form(since);
  const fields = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { [name]: value }]));
  return slack.emulated.submitView({
    ...slack.product,
    as: slack.id(as),
    callbackId: String(view["callback_id"]),
    values: fields,
  });
}

const errorsOf = ({ body }: SlackDelivery): unknown => (JSON.parse(body) as { errors: unknown }).errors;
async function lastAt(): Promise<number> {
  const { rows } = await slack.app.engine.connection.pool.query<{ at: Date }>(
    "select at from commands order by id desc limit 1",
  );
  return new Date(rows[0]!.at).getTime();
}

describe("a form that is filled in", () => {
  const declared = {
    title: "customers cannot pay",
    priority: null,
    service: null,
    summary: null,
    private: false,
    page: true,
    drill: false,
  };

  test.each<[string, Values, object]>([
    ["declare", { title: " customers cannot pay " }, { type: "incident.declare", declaration: declared }],
    [
      "declare",
      {
        title: "t",
        priority: picked("P1"),
        service: "shop",
        summary: "since noon",
        options: checked("private", "quiet"),
      },
      {
        type: "incident.declare",
        declaration: {
          ...declared,
          title: "t",
          priority: "P1",
          service: "shop",
          summary: "since noon",
          private: true,
          page: false,
        },
      },
    ],
    [
      "update",
      { text: "we roll back", priority: picked("P2") },
      { type: "update.post", text: "we roll back", audience: "internal" },
    ],
    [
      "update",
      { text: "sorry", audience: picked("customer"), priority: picked("P2") },
      { type: "update.post", text: "sorry", audience: "customer" },
    ],
    ["note", { text: "<!channel> `x` & <@U1>" }, { type: "note.add", text: "<!channel> `x` & <@U1>" }],
    ["mitigate form", { time: "" }, { type: "incident.mitigate" }],
    ["resolve form", { reason: "rolled back" }, { type: "incident.resolve", reason: "rolled back" }],
  ])("%s is one command for repeated deliveries: %o", async (words, values, command) => {
    const before = await slack.stored();
    const delivery = await fills("alice", words, values);
    expect([delivery.status, delivery.body]).toEqual([200, ""]);
    expect((await slack.emulated.redeliver(delivery)).status).toBe(200);
    expect([await slack.stored(), await slack.commands()]).toEqual([before + 1, [command]]);
  });

  test("reads a time of day in the zone of the person who submits, and as past", async () => {
    await fills("alice", "note", { text: "it began", time: "09:05" });
    expect(await lastAt()).toBe(Date.UTC(2026, 10, 21, 14, 5));
    await fills("alice", "note", { text: "yesterday", time: "23:00" });
    expect(await lastAt()).toBe(Date.UTC(2026, 10, 21, 4, 0));
    await fills("alice", "note", { text: "the release", time: "2026-11-20 18:00 UTC" });
    expect(await lastAt()).toBe(Date.UTC(2026, 10, 20, 18, 0));
  });

  test("with another priority beside the update does both, and explains when only one is permitted", async () => {
    await fills("alice", "update", { text: "worse", priority: picked("P1") });
    expect((await slack.commands(2)).map((each) => (each as { type: string }).type)).toEqual([
      "verb.refused",
      "update.post",
    ]);
  });
});

describe("a form that is wrong", () => {
  test.each<[string, Values, object]>([
    ["declare", { title: "  " }, { title: "Describe in a few words what is wrong." }],
    ["update", { text: "" }, { text: "Write where it stands." }],
    ["note", { text: " \n " }, { text: "Add what happened." }],
    ["note", { text: "x", time: "noon" }, { time: "Write it like 14:05, friday 18:00 or 2026-11-27 18:00 UTC." }],
    ["note", { text: "x", time: "2026-12-24 18:00 UTC" }, { time: "2026-12-24 18:00:00 UTC is in the future." }],
    ["resolve form", { reason: "" }, { reason: "1 alert of INC-1 still fires. To resolve it anyway, give a reason." }],
  ])("%s is reported on the field, and stores nothing: %o", async (words, values, errors) => {
    const before = await slack.stored();
    const delivery = await fills("alice", words, values);
    expect([delivery.status, errorsOf(delivery), await slack.stored()]).toEqual([200, errors, before]);
  });

  test("is stored once it is right, in the same window", async () => {
    const before = await slack.stored();
    await fills("alice", "note", { text: "" });
    const values = { text: { text: "now with words" } };
    const second = await slack.emulated.submitView({
      ...slack.product,
      as: slack.id("alice"),
      callbackId: "note",
      values,
    });
    expect([second.body, (await slack.stored()) - before]).toEqual(["", 1]);
  });

  test("does not open for people without permission for its verb, and lists who may", async () => {
    const since = slack.emulated.calls.length;
    await slack.types("dana", "severity", room);
    expect(textsOf((await slack.form(since))["blocks"])).toEqual([
      "`severity` is for the Incident Commander (permissions in muster.yaml).",
    ]);
    expect(await slack.commands()).toEqual([expect.objectContaining({ type: "verb.refused", verb: "severity" })]);
  });

  test("of a person who lost the permission is answered with who may", async () => {
    const values = { priority: { priority: picked("P0") } };
    const meta = JSON.stringify({ incident: 1, channel: room });
    const delivery = await slack.emulated.submitView({
      ...slack.product,
      as: slack.id("dana"),
      callbackId: "severity",
      privateMetadata: meta,
      values,
    });
    expect(JSON.parse(delivery.body)).toMatchObject({ response_action: "update" });
    expect(delivery.body).toContain("is for the Incident Commander");
  });
});

describe("with an expired trigger", () => {
  test.each(["expired_trigger_id", "invalid_trigger_id", "ratelimited"])(
    "(%s) the person gets the words to type instead",
    async (error) => {
      const since = slack.emulated.calls.length;
      slack.emulated.fault({ method: "views.open", kind: `error:${error}` });
      expect((await slack.types("alice", "update", room)).status).toBe(200);
      expect(await slack.whispered(since)).toContain("`/incident help update`");
      slack.app.time.now += MINUTE;
    },
  );

  test("a form that is already open is left alone", async () => {
    const since = slack.emulated.calls.length;
    const typed = await slack.types("alice", "update", room);
    await slack.form(since);
    const then = slack.emulated.calls.length;
    expect((await slack.emulated.redeliver(typed.delivery)).status).toBe(200);
    await expect
      .poll(() => slack.emulated.calls.slice(then).map(({ answer }) => answer?.error), { interval: 5 })
      .toEqual(["exchanged_trigger_id"]);
  });
});

test("while the database is down the form reports it, and a submitted form is refused", async () => {
  const { pool } = slack.app.engine.connection;
  const since = slack.emulated.calls.length;
  await pool.query("alter table incidents rename to incidents_away");
  await slack.types("alice", "update", room);
  const view = await slack.form(since);
  await pool.query("alter table incidents_away rename to incidents");
  expect(textsOf(view["blocks"]).join()).toContain("cannot be looked up now");

  await pool.query("alter table commands rename to commands_away");
  const lost = await fills("alice", "note", { text: "not lost" });
  await pool.query("alter table commands_away rename to commands");
  expect(lost.status).toBe(503);
  expect((await slack.emulated.redeliver(lost)).status).toBe(200);
  expect(await slack.commands()).toEqual([{ type: "note.add", text: "not lost" }]);
});
