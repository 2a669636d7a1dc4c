import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
  await app.post(
    "/webhooks/alertmanager",
    deliveryOf([
      alertOf(
        { alertname: "HighErrorRate", service: "order-service", severity: "critical" },
        { startsAt: app.time.now },
      ),
    ]),
  );
  await app.settles();
});
afterAll(() => app.stop());

const ALICE = { id: "alice", name: "Alice", slack: "U0ALICE01", email: null };

test.each([
  ["an incident", "select state->'route' as route from incidents"],
  ["its opening", "select data->'route' as route from events where type = 'incident.opened'"],
])("%s is stored with the name for an id of the chat that earlier versions read", async (_, query) => {
  const { rows } = await app.engine.connection.db.execute<{ route: object }>(sql.raw(query));
  expect(rows).toMatchObject([{ route: { members: [ALICE, {}], oncall: [ALICE] } }]);
  expect(JSON.stringify(rows)).not.toContain("chatId");
});

test("the timeline of the API has that name, too", async () => {
  const { entries } = await app.json<{ entries: { type: string; data: object }[] }>("/api/incidents/INC-1/timeline");
  expect(entries.find(({ type }) => type === "incident.opened")).toMatchObject({
    data: { route: { oncall: [ALICE] } },
  });
});

test("a route is read back with ids that the chat can invite", () => {
  expect([...app.chat.channels.values()]).toMatchObject([{ members: ["Alice", "Bob"] }]);
});
