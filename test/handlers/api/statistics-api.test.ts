import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { saveIncidents } from "#db/incidents.ts";
import { refreshStaleFigures } from "#db/reporting/stale-figures.ts";
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

const totals = async () => {
  const { incidents } = await app.json<PresentedStatistics>("/api/stats?from=2026-08-01&private=true");
  return { total: incidents.total, open: incidents.open, byPriority: incidents.byPriority };
};

test("a row that an earlier version wrote last is computed again", async () => {
  const { db } = app.engine.connection;
  const before = await totals();
  expect(before).toEqual({ total: 4, open: 1, byPriority: { P0: 1, P2: 3 } });
  // An earlier version still stored no summary beside the state, and had no figures.
  await db.execute(sql`update incidents set figures = null where number = 1`);
  await db.execute(sql`delete from incident_figures where number = 1`);
  // An earlier version changes the state and its version, and leaves the figures as they were.
  await db.execute(
    sql`update incidents set version = 99, state = (replace(replace(state::text, '"peak":"P2"', '"peak":"P1"'), '"lastEvent":5', '"lastEvent":99'))::json where number = 4`,
  );
  expect(await refreshStaleFigures(db, async () => {})).toBe(2);
  expect(await totals()).toEqual({ ...before, byPriority: { P0: 1, P1: 1, P2: 2 } });
  expect(await refreshStaleFigures(db, async () => {})).toBe(0);
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
      withoutRunbook: [{ signature: '=cmd() · A,"b', count: 1, incidents: ["INC-2"] }],
      lists: { withoutRunbook: { shown: 1, count: 1 }, byService: { shown: 2, count: 2 } },
      next: null,
    });
  });

  test("counts private ones, one service, another period, when asked", async () => {
    const total = async (query: string): Promise<number> =>
      (await app.json<PresentedStatistics>(`/api/stats?${query}`)).incidents.total;
    expect(await total("private=true")).toBe(3);
    expect(await total("service=order-service")).toBe(1);
    expect(await total("service=%00")).toBe(0);
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

  test("has its lists in parts, until there is no next", async () => {
    type Part = PresentedStatistics & { readonly next: string | null };
    const all = "/api/stats?from=2026-08-01&private=true";
    const whole = await app.json<Part>(all);
    const names: string[] = [];
    for (let next: string | null = "0"; next !== null;) {
      const part: Part = await app.json<Part>(`${all}&limit=1&cursor=${next}`);
      expect(part.incidents.total).toBe(whole.incidents.total);
      expect(part.lists["byService"]).toMatchObject({ count: 2 });
      names.push(...part.incidents.byService.map(({ name }) => name));
      next = part.next;
    }
    expect(names).toEqual(whole.incidents.byService.map(({ name }) => name));
    const csv = await (await app.get(`${all}&limit=1`, { accept: "text/csv" })).text();
    expect(csv).toContain("lists that are cut,byService,1 of 2,entries");
  });

  test("names all incidents of a signature", async () => {
    const { repeats } = await app.json<PresentedStatistics>("/api/stats?from=2026-08-01");
    expect(repeats).toMatchObject([{ count: 2, incidents: ["INC-1", "INC-4"] }]);
    const path = `/api/stats/incidents?from=2026-08-01&signature=${encodeURIComponent(repeats[0]!.key)}`;
    expect(await app.json(path)).toEqual({ count: 2, incidents: ["INC-1", "INC-4"], next: null });
    expect(await app.json(`${path}&limit=1`)).toEqual({ count: 2, incidents: ["INC-4"], next: "1" });
    expect(await app.json(`${path}&limit=1&cursor=1`)).toEqual({ count: 2, incidents: ["INC-1"], next: null });
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
    ["limit=0", /^limit/],
    ["cursor=x", /^cursor: expected the `next` of an earlier answer/],
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
