import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { INTEGRATIONS } from "#app/integrations/integration-list.ts";
import { bellIntegration, type Bell } from "#test/fixtures/pagers/bell-pager.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";

const bell: Bell = { woken: new Map(), quiet: new Set() };

/** A Muster with one pager more: its file, and its line in the list. */
let app: TestApp;
beforeAll(async () => {
  app = await startApp({ overrides: { integrations: [...INTEGRATIONS, bellIntegration(bell)] } });
}, 120_000);
afterAll(() => app.stop());

const keyOf = (): string => [...bell.woken.keys()][0]!;

describe("a new pager is one folder and one line", () => {
  test("which wakes those who are on call", async () => {
    await app.fires({ service: "order-service", severity: "P1" });
    expect([...bell.woken.values()]).toEqual(["alice"]);
    expect(keyOf()).toMatch(/^muster:INC-1:/);
  });

  test("whose door refuses what is no answer", async () => {
    const response = await app.post("/bell/answers", { id: "a0", key: "someone else's", by: "Alice" });
    expect(response.status).toBe(400);
    await app.settles();
    expect(await app.json("/api/incidents/INC-1")).toMatchObject({ status: "triggered" });
  });

  test("whose answer acknowledges the incident, once however often it comes", async () => {
    for (let i = 0; i < 2; i++)
      expect((await app.post("/bell/answers", { id: "a1", key: keyOf(), by: "Alice" })).status).toBe(202);
    await app.settles();
    expect(await app.json("/api/incidents/INC-1")).toMatchObject({ status: "acknowledged" });
    const { rows } = await app.engine.connection.pool.query<{ outcome: string; answer: unknown }>(
      "select * from commands where key = 'bell:a1'",
    );
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).toContain("Acknowledged by Alice");
  });

  test("which is quiet when it has ended", async () => {
    await app.post("/api/verbs", { text: "INC-1 resolve it was the disk", as: "Alice" });
    await app.settles();
    expect([...bell.quiet]).toContain(keyOf());
  });
});
