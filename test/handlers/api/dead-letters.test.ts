import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PortError } from "#ports/port-error.ts";
import { resolveAnsweredFailures } from "#engine/alerting/answered-failures.ts";
import type { PresentedDeadLetter } from "#views/reporting/dead-letter-resource.ts";
import { BrowserSession, startApp, type TestApp } from "#test/support/harness/app.ts";
import { runCli, type CommandOutput } from "#test/support/harness/processes/run-cli.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const directory = temporaryDirectory("cli");
const authorization = "Bearer secret";

/** INC-1 is open, and nothing is put aside. */
let app: TestApp;
function startsApp(): void {
  beforeEach(async () => {
    app = await startApp({ settings: { MUSTER_API_TOKENS: "secret" } });
    await app.fires({ service: "order-service", severity: "P2" }, { startsAt: NOW });
  });
  afterEach(() => app.stop());
}

const stored = JSON.stringify(deliveryOf([alertOf({ service: "search", severity: "P1" }, { startsAt: NOW })]));
/** A delivery that was damaged after it was stored; answers its name. */
async function aDamagedDelivery(): Promise<string> {
  const { rows } = await app.engine.connection.db.execute<{ id: string }>(
    sql`insert into commands (type, urgency, weight, actor, at, recorded_at, body) values ('alerts.deliver', 1, 1, '{"kind":"source","id":"alertmanager","name":"Alertmanager"}', now(), ${new Date(NOW).toISOString()}::timestamptz, ${stored.slice(0, -5)}) returning id`,
  );
  await app.settles();
  return `C${rows[0]!.id}`;
}
/** As if the version that can read it were running now. */
async function mends(id: string): Promise<void> {
  await app.engine.connection.db.execute(sql`update commands set body = ${stored} where id = ${Number(id.slice(1))}`);
}
/** A page of INC-2 that the pager refuses for good; answers its name. */
async function aRefusedPage(): Promise<string> {
  app.paging.fails(new PortError("invalid", "invalid routing key", { retryable: false }));
  await app.fires({ service: "payments", severity: "P1" }, { startsAt: NOW });
  return (await listed()).deadLetters[0]!.id;
}

type Listed = {
  readonly total: { readonly commands: number; readonly effects: number };
  readonly deadLetters: readonly PresentedDeadLetter[];
};
const listed = async (query = ""): Promise<Listed> =>
  (await (await app.get(`/api/deadletters${query}`, { authorization })).json()) as Listed;
const asks = async (
  path: string,
  body: object,
): Promise<{ status: number; answer: Readonly<Record<string, unknown>> }> => {
  const waiting = app.post(`/api/deadletters/${path}`, body, { authorization });
  const moving = setInterval(() => void app.settles().catch(() => {}), 30);
  const response = await waiting;
  clearInterval(moving);
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
};
const runDeadletter = (url: string, ...args: readonly string[]): Promise<CommandOutput> =>
  runCli(directory, ["deadletter", ...args], { MUSTER_URL: url, MUSTER_API_TOKENS: "secret" });
const incidents = async (): Promise<readonly { service: string | null; status: string }[]> =>
  (
    (await (await app.get("/api/incidents", { authorization })).json()) as {
      incidents: { service: string | null; status: string }[];
    }
  ).incidents;

describe("what was put aside", () => {
  startsApp();

  test("is seen in health, in the metrics, on the front page and in the list, until someone deals with it", async () => {
    const front = async (): Promise<string> => (await app.get("/", { authorization })).text();
    const health = async (): Promise<unknown> => (await app.get("/health")).json();
    expect(await health()).toMatchObject({ healthy: true, degraded: false });
    expect(await front()).not.toContain("/dead-letters");
    const id = await aDamagedDelivery();
    expect(await health()).toMatchObject({
      healthy: true,
      degraded: true,
      checks: { deadLetters: { error: "1 command was put aside: list them with `muster deadletter list`" } },
    });
    expect(await (await app.get("/metrics")).text()).toContain('muster_dead_letters{kind="command"} 1');
    expect(await front()).toContain('1 command was put aside, and had no effect: <a href="/dead-letters">');
    expect(await listed()).toEqual({
      total: { commands: 1, effects: 0 },
      deadLetters: [
        expect.objectContaining({ id, type: "alerts.deliver", from: "Alertmanager", incident: null, private: false }),
      ],
    });
    expect((await asks(`${id}/drop`, { as: "Alice", reason: "sent again" })).status).toBe(200);
    expect(await health()).toMatchObject({ degraded: false });
    expect(await front()).not.toContain("/dead-letters");
    expect(await (await app.get("/metrics")).text()).toContain('muster_dead_letters{kind="command"} 0');
  });

  test("a retry does it, and answers what came of it; the alert about it resolves", async () => {
    const id = await aDamagedDelivery();
    expect(await asks(`${id}/retry`, { as: "Alice" })).toMatchObject({
      status: 409,
      answer: { state: "failed", text: expect.stringMatching(/^failed again: /) as string },
    });
    await mends(id);
    expect(await asks(`${id}/retry`, { as: "Alice" })).toMatchObject({ status: 200, answer: { id, state: "done" } });
    await resolveAnsweredFailures(app.engine, app.submit);
    app.time.now += 30 * MINUTE;
    await app.settles();
    expect(await incidents()).toEqual(expect.arrayContaining([expect.objectContaining({ service: "search" })]));
    const { alerts } = (await (await app.get("/api/alerts?status=firing", { authorization })).json()) as {
      alerts: { labels: { service: string } }[];
    };
    expect(alerts.map(({ labels }) => labels.service).toSorted()).toEqual(["order-service", "search"]);
    expect((await listed()).deadLetters).toEqual([]);
  });

  test("a drop asks for a reason, is recorded, and happens once", async () => {
    const id = await aDamagedDelivery();
    expect(await asks(`${id}/drop`, { as: "Alice" })).toMatchObject({
      status: 400,
      answer: { error: expect.stringContaining("reason") as string },
    });
    expect(await asks(`${id}/drop`, { as: "Alice", reason: "sent again" })).toMatchObject({ status: 200 });
    expect(await asks(`${id}/drop`, { as: "Bob", reason: "sent again" })).toMatchObject({
      status: 404,
      answer: { error: expect.stringContaining("muster deadletter list") as string },
    });
    const { rows } = await app.engine.connection.db.execute(
      sql`select outcome from commands where id = ${Number(id.slice(1))}`,
    );
    expect(rows).toEqual([
      { outcome: expect.stringMatching(/^dropped by Alice: sent again; it had failed: /) as string },
    ]);
    const { rows: audit } = await app.engine.connection.db.execute(
      sql`select actor->>'name' as who, body from commands where type = 'verb.asked' order by id desc limit 1`,
    );
    expect(audit).toEqual([{ who: "Alice", body: expect.stringContaining(`${id}: dropped: sent again`) as string }]);
  });

  test("an effect is listed with its incident; what is done about it stands in the timeline", async () => {
    const id = await aRefusedPage();
    expect((await listed()).deadLetters).toEqual([expect.objectContaining({ id, incident: "INC-2", from: "Muster" })]);
    expect(await asks(`${id}/retry`, { as: "Alice" })).toMatchObject({ status: 200, answer: { state: "done" } });
    await app.settles();
    const { entries } = (await (await app.get("/api/incidents/INC-2/timeline", { authorization })).json()) as {
      entries: { summary: string }[];
    };
    expect(entries.map(({ summary }) => summary)).toContainEqual(expect.stringContaining(`${id} (`));
    expect((await listed()).deadLetters).toEqual([]);
  });

  test("that concerns a private incident names it to no one who only looks at the list", async () => {
    const id = await aRefusedPage();
    await app.engine.connection.db.execute(
      sql`update incidents set state = (state::jsonb || '{"private":true}')::json where number = 2`,
    );
    const [letter] = (await listed()).deadLetters;
    expect(letter).toMatchObject({ id, incident: null, private: true, reason: "of a private incident" });
    expect((await listed("?private=true")).deadLetters).toMatchObject([{ id, incident: "INC-2" }]);
    const hidden = await app.get(`/api/deadletters/${id}`, { authorization });
    expect([hidden.status, await hidden.text()]).toEqual([404, expect.not.stringContaining("INC-2") as string]);
    expect(await (await app.get(`/api/deadletters/${id}?private=true`, { authorization })).json()).toMatchObject({
      incident: "INC-2",
    });
    expect(await (await app.get("/dead-letters", { authorization })).text()).not.toContain("INC-2");
    const { answer } = await asks(`${id}/retry`, { as: "Alice" });
    expect(JSON.stringify(answer)).not.toContain("INC-2");
  });

  test("is named as the list names it: other names are refused with what they look like", async () => {
    for (const name of ["X1", "12", "C0", "C1e3"])
      expect(await asks(`${name}/retry`, { as: "Alice" })).toMatchObject({
        status: 400,
        answer: { error: `"${name}" is no dead letter; it looks like C12 (command) or E34 (effect)` },
      });
  });

  test("the page retries and drops by forms of ours, and shows what came of it", async () => {
    const id = await aDamagedDelivery();
    const browser = new BrowserSession(app, "grafana:secret");
    const csrf = await browser.field("/dead-letters", "csrf");
    expect((await browser.post(`/dead-letters/${id}/drop`, { reason: "sent again" })).status).toBe(403);
    const bare = await browser.post(`/dead-letters/${id}/drop`, { csrf, reason: " " });
    expect([bare.status, await bare.text()]).toEqual([
      409,
      expect.stringContaining(`${id} is not dropped: say why`) as string,
    ]);
    const dropped = await browser.post(`/dead-letters/${id}/drop`, { csrf, reason: "sent again" });
    expect([dropped.status, await dropped.text()]).toEqual([
      200,
      expect.stringMatching(new RegExp(`${id} is dropped\\.[\\s\\S]*Nothing is put aside`)) as string,
    ]);
    const again = await browser.post(`/dead-letters/${id}/retry`, { csrf });
    expect([again.status, await again.text()]).toEqual([409, expect.stringContaining("is not put aside") as string]);
  });
});

describe("muster deadletter", () => {
  startsApp();

  test("lists, shows, retries with progress, and drops for a reason", async () => {
    expect(await runDeadletter(app.url, "list")).toEqual({ code: 0, out: "Nothing is put aside.\n", err: "" });
    const [first, second] = [await aDamagedDelivery(), await aDamagedDelivery()];
    const { out } = await runDeadletter(app.url, "list");
    expect(out).toMatch(/^ID +WHAT +INCIDENT +FROM +PUT ASIDE \(UTC\) +WHY\n/);
    expect(out).toMatch(new RegExp(`^${second} +alerts\\.deliver +- +Alertmanager +2026-`, "m"));
    expect(await runDeadletter(app.url, "show", first.toLowerCase())).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        new RegExp(
          `^${first}: command alerts\\.deliver\n[\\s\\S]*why +[\\s\\S]*"search"[\\s\\S]*muster deadletter retry ${first}`,
        ),
      ) as string,
    });
    await mends(second);
    const moving = setInterval(() => void app.settles().catch(() => {}), 30);
    const retried = await runDeadletter(app.url, "retry", "--all", "--as", "Alice");
    clearInterval(moving);
    expect(retried).toMatchObject({
      code: 1,
      out: expect.stringMatching(new RegExp(`^\\[2/2\\] ${second} done`)) as string,
      err: expect.stringMatching(
        new RegExp(`^\\[1/2\\] ${first} failed again: [\\s\\S]*muster deadletter show ${first}`),
      ) as string,
    });
    expect(await runDeadletter(app.url, "drop", first, "--reason", "sent again", "--as", "Alice")).toEqual({
      code: 0,
      out: `${first} dropped: sent again\n`,
      err: "",
    });
  });

  test("names what there is to do when a letter is gone", async () =>
    expect(await runDeadletter(app.url, "retry", "C999")).toEqual({
      code: 1,
      out: "",
      err: "there is no dead letter C999: it never was one, or someone has retried or dropped it. `muster deadletter list` shows what is left\n",
    }));
});

test.each([
  { args: [], says: "list, show, retry or drop?" },
  { args: ["remove"], says: 'there is no "deadletter remove"' },
  { args: ["retry"], says: "which ones?" },
  { args: ["retry", "INC-1"], says: '"INC-1" is no dead letter' },
  { args: ["retry", "C1", "--all"], says: "not both" },
  { args: ["drop", "C1"], says: "--reason" },
  { args: ["show"], says: "which one?" },
  { args: ["list", "C1"], says: "show C1" },
])("muster deadletter $args is wrong usage", async ({ args, says }) =>
  expect(await runDeadletter("http://127.0.0.1:9", ...args)).toMatchObject({
    code: 2,
    err: expect.stringContaining(says) as string,
  }),
);
