import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { summariesBetween, saveIncidents } from "#db/incidents.ts";
import { summarizeIncident } from "#domain/reporting/incident-summary.ts";
import { sql } from "drizzle-orm";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { ALICE } from "#test/support/builders/people.ts";
import { anIncident, aPage, aRoute } from "#test/support/builders/incidents.ts";
import { HOUR, MINUTE, NOW, DAY } from "#test/support/builders/instants.ts";
import type { PresentedStatistics } from "#views/reporting/statistics-export.ts";

const RESOLVED_BY_ALERTS = { status: "resolved", resolvedBy: "alerts" } as const;
const STORED = [
  anIncident({
    number: 1,
    ...RESOLVED_BY_ALERTS,
    peak: "P0",
    detectedAt: NOW - MINUTE,
    acknowledgedAt: NOW + 2 * MINUTE,
    mitigatedAt: NOW + 3 * MINUTE,
    resolvedAt: NOW + 9 * MINUTE,
    pages: [aPage()],
  }),
  anIncident({
    number: 2,
    ...RESOLVED_BY_ALERTS,
    key: '["=cmd()","A,\\"b"]',
    route: aRoute({ service: "=cmd()", team: null }),
    mitigatedAt: NOW + MINUTE,
    resolvedAt: NOW + MINUTE,
    links: { runbook: null, dashboards: [], source: null },
  }),
  anIncident({ number: 3, private: true, declaredBy: { id: ALICE.id, name: ALICE.name } }),
  anIncident({
    number: 4,
    ...RESOLVED_BY_ALERTS,
    openedAt: NOW - 100 * DAY,
    detectedAt: NOW - 100 * DAY,
    resolvedAt: NOW - 99 * DAY,
  }),
];

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ policy: { services: { "order-service": { slo: 99.9 } } } });
  app.time.now = NOW + HOUR;
  await saveIncidents(
    app.engine.connection.db,
    STORED.map((state) => ({ uid: `u${state.number}`, state })),
  );
});
afterAll(() => app.stop());

const everything = () => summariesBetween(app.engine.connection.db, NOW - 200 * DAY, NOW + HOUR);

test("statistics from the database equal those from whole incidents", async () => {
  expect(await everything()).toMatchObject(STORED.map(summarizeIncident));
});

test("a row that an earlier version wrote last is read from its state", async () => {
  const { db } = app.engine.connection;
  await db.execute(sql`update incidents set figures = null where number = 1`);
  // An earlier version changes the state and its version, and leaves the figures as they were.
  await db.execute(
    sql`update incidents set version = 99, state = (replace(state::text, '"peak":"P2"', '"peak":"P1"'))::json where number = 4`,
  );
  expect(await everything()).toMatchObject(
    STORED.map((each) => summarizeIncident(each.number === 4 ? { ...each, peak: "P1" } : each)),
  );
});

test("only incidents that were open in the stretch are read", async () => {
  const numbers = async (from: number, to: number): Promise<number[]> =>
    (await summariesBetween(app.engine.connection.db, from, to)).map(({ number }) => number);
  expect(await numbers(NOW - 99.5 * DAY, NOW - 98 * DAY)).toEqual([4]);
  expect(await numbers(NOW - 90 * DAY, NOW - DAY)).toEqual([]);
  expect(await numbers(NOW + 5 * MINUTE, NOW + HOUR)).toEqual([1, 3]);
});

describe("GET /api/stats", () => {
  test("covers the last 30 days, without private incidents", async () => {
    expect(await app.json<PresentedStatistics>("/api/stats")).toMatchObject({
      from: "2026-10-22T15:32:00.000Z",
      to: "2026-11-21T15:32:00.000Z",
      zone: "UTC",
      incidents: { total: 2, open: 0, byPriority: { P0: 1, P2: 1 } },
      // From the page at 14:32 to 14:34; from 14:31 to 14:41 and from 14:31:30 to 14:33.
      times: { acknowledge: { count: 1, meanMs: 2 * MINUTE }, resolve: { count: 2, meanMs: 5.75 * MINUTE } },
      ledToNothing: { count: 1, share: 0.5, incidents: ["INC-2"] },
      withoutRunbook: [{ signature: '=cmd() · A,"b', incidents: ["INC-2"] }],
    });
  });

  test("counts private ones, one service, another period, when asked", async () => {
    const total = async (query: string): Promise<number> =>
      (await app.json<PresentedStatistics>(`/api/stats?${query}`)).incidents.total;
    expect(await total("private=true")).toBe(3);
    expect(await total("service=order-service")).toBe(1);
    expect(await total("from=2026-08-01&to=2026-09-01")).toBe(1);
    expect(await total("from=2026-11-21T14:32:00Z&to=2026-11-21T14:32:00.001Z")).toBe(2);
    expect(await total("from=2026-11-01&to=2026-11-21T14:32:00Z")).toBe(0);
  });

  test("has uptime and budget by month: ten minutes of November are 23 % of 43.2", async () => {
    const { services } = await app.json<PresentedStatistics>("/api/stats?service=order-service");
    expect(
      services.map(({ month, downMs, budget }) => [month, downMs, budget?.usedShare.toFixed(3), budget?.state]),
    ).toEqual([
      ["2026-10", 0, "0.000", "ship"],
      ["2026-11", 10 * MINUTE, "0.231", "ship"],
    ]);
  });

  test("is CSV on request, without formulas", async () => {
    const response = await app.get("/api/stats", { accept: "text/csv" });
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    const lines = (await response.text()).split("\r\n");
    expect(lines[0]).toBe("group,name,value,unit");
    expect(lines).toContain("incidents,total,2,incidents");
    expect(lines).toContain("incidents by service,'=cmd(),1,incidents");
    expect(lines).toContain(`alerts without a runbook,"'=cmd() · A,""b",1,incidents`);
  });

  test.each([
    ["from=yesterday", /^from: "yesterday" is no time; write a day like 2026-11-01/],
    ["to=2026-13-01", /^to: "2026-13-01" is no time/],
    ["from=2026-02-30", /^from: "2026-02-30" is no time/],
    ["from=2026-02-29T00:00:00Z", /^from: "2026-02-29T00:00:00Z" is no time/],
    ["from=2026-12-01&to=2026-11-01", /^from: it must be before `to`/],
    ["from=2001-01-01", /^from: at most five years/],
    ["from=0001-01-01&to=0001-02-01", /^from: at the earliest 2000-01-01/],
    ["from=9999-12-01&to=9999-12-31", /^to: at the latest 2100-01-01/],
    ["zone=Mars", /^zone: expected an IANA time zone/],
    ["service=", /^service/],
    ["colour=red", /colour/],
  ])("?%s is a 400 with the right usage", async (query, says) => {
    const response = await app.get(`/api/stats?${query}`);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: string }).error).toMatch(says);
  });
});

test("the verb shows the same in a few lines", async () => {
  const { text } = (await (await app.post("/api/verbs", { text: "stats", as: "alice" })).json()) as { text: string };
  expect(text).toContain("The last 30 days: 2 incidents (P0 1, P2 1)");
  expect(text).toContain("to resolve 6 min (p90 9 min)");
});
