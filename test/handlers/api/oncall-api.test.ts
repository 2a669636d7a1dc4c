import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { oncallChanges, replaceRotations } from "#domain/oncall/oncall-changes.ts";
import { rosterOfSnapshot, type OnCallSnapshot } from "#domain/oncall/oncall-snapshot.ts";
import { renderCalendar } from "#views/oncall/icalendar.ts";
import { readCalendar } from "#test/support/builders/views/calendar-reader.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { NOW, DAY } from "#test/support/builders/instants.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";

const ROTATION = {
  people: { alice: { name: "Alice", slack: "U0ALICE01" }, bob: { name: "Bob; the\nbuilder, \\o/ " } },
  teams: { orders: { schedule: "orders", escalation: [["backup"], ["bob"]] }, search: { oncall: ["bob"] } },
  schedules: {
    orders: {
      timezone: "Europe/Berlin",
      layers: [{ people: ["alice", "bob"], from: "2026-11-16", until: "2026-12-07" }],
    },
  },
};

let app: TestApp;
beforeAll(async () => void (app = await startApp({ policy: ROTATION })));
afterAll(() => app.stop());

type Answer = {
  at: string;
  teams: {
    team: string;
    primary: { name: string }[];
    backup: { name: string }[];
    next: { name: string; at: string } | null;
    gaps: object[];
    shifts: object[];
  }[];
};

describe("/api/oncall", () => {
  test("shows who is on call now, what comes next, and gaps", async () => {
    const { at, teams } = await app.json<Answer>("/api/oncall");
    expect(at).toBe("2026-11-21T14:32:00.000Z");
    expect(teams.map(({ team, primary }) => [team, primary.map(({ name }) => name)])).toEqual([
      ["orders", ["Alice"]],
      ["search", [ROTATION.people.bob.name]],
    ]);
    expect(teams[0]).toMatchObject({
      backup: [{ name: ROTATION.people.bob.name }],
      next: { at: "2026-11-23T08:00:00.000Z" },
      gaps: [{ from: "2026-12-07T08:00:00.000Z" }],
    });
  });

  test("at an instant, of one team", async () => {
    const { teams } = await app.json<Answer>("/api/oncall?team=orders&at=2026-11-24T00:00:00Z");
    expect(teams).toMatchObject([{ team: "orders", backup: [{ name: "Alice" }] }]);
  });

  test.each([
    ["at=tomorrow", 400, "at: expected an instant such as 2026-11-21T14:32:00Z"],
    ["team=payments", 404, "there is no team called payments; there are: orders, search"],
    ["tema=orders", 400, "tema"],
  ])("%s is answered with %i", async (query, status, says) => {
    const response = await app.get(`/api/oncall?${query}`);
    expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([
      status,
      expect.stringContaining(says),
    ]);
  });
});

describe("a calendar", () => {
  const address = async (): Promise<string> => {
    await app.submit(aSubmission({ type: "verb.asked", verb: "oncall", text: "" }));
    const { createReader } = await import("#engine/loop/reader.ts");
    const urls = await createReader(app.engine).calendars();
    return urls("schedule", "orders").replace("https://muster.example", "");
  };

  test("is read by its secret address, without signing in", async () => {
    const path = await address();
    expect(await address(), "the same after a restart too: it is stored").toBe(path);
    const response = await app.get(path);
    expect(response.headers.get("content-type")).toBe("text/calendar; charset=utf-8");
    const text = await response.text();
    expect(text).toContain("SUMMARY:Alice on call: orders");
    expect(text).toContain("DTSTART:20261116T080000Z");
    for (const line of text.split("\r\n")) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  });

  test("is the same for the same shifts at every request", async () => {
    const path = await address();
    const ids = async (): Promise<string[]> =>
      [...(await (await app.get(path)).text()).matchAll(/^(?:UID|DTSTART|DTEND):.*$/gm)].map(([line]) => line);
    const first = await ids();
    app.time.now += 15 * 60_000;
    expect(await ids()).toEqual(first);
  });

  test.each([
    ["another key", (path: string) => path.replace(/\/oncall\/[0-9a-f]{8}/, "/oncall/00000000")],
    ["another schedule by the same key", (path: string) => path.replace("orders.ics", "search.ics")],
    ["a person by the same key", (path: string) => path.replace("/schedule/", "/person/")],
    ["no key", () => "/oncall/x/schedule/orders.ics"],
    ["something else", (path: string) => path.replace("/schedule/", "/secrets/")],
  ])("is not found for %s", async (_, change) => {
    const response = await app.get(change(await address()));
    expect(response.status).toBe(404);
  });

  test("of a person has their shifts only, and a shift keeps its id from one reading to the next", () => {
    const rota = { policy: aPolicy(ROTATION), overrides: [] };
    const read = (now: number): string =>
      renderCalendar(rota, { kind: "person", name: "alice" }, now - DAY, now + 30 * DAY);
    const ids = (text: string): string[] => [...text.matchAll(/UID:(.*)/g)].map(([, id]) => id!.trim());
    const [first, second] = [ids(read(Date.UTC(2026, 10, 10))), ids(read(Date.UTC(2026, 10, 11)))];
    expect(first).toHaveLength(2);
    expect(second).toEqual(first);
    expect(read(NOW)).not.toContain("SUMMARY:Bob");
  });

  test("of hostile names contains only names", () => {
    const name = "Eve\r\nEND:VCALENDAR\r\nBEGIN:VEVENT;,\\";
    const policy = aPolicy({ ...ROTATION, people: { ...ROTATION.people, alice: { name } } });
    const text = renderCalendar({ policy, overrides: [] }, { kind: "schedule", name: "orders" }, NOW, NOW + DAY);
    expect(
      readCalendar(text)
        .filter(({ name: each }) => each === "BEGIN")
        .map(({ value }) => value),
    ).toEqual(["VCALENDAR", "VEVENT"]);
    expect(text.match(/^END:VCALENDAR/gm)).toHaveLength(1);
    expect(text.match(/^BEGIN:VEVENT/gm)).toHaveLength(1);
  });
});

describe("an iCalendar file", () => {
  test("is read by RFC 5545, whatever people and schedules are called", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 120 }), (name) => {
        const policy = aPolicy(ROTATION);
        const alice = { ...policy.people["alice"]!, name };
        const renamed = { ...policy, people: { ...policy.people, alice } };
        const rota = { policy: renamed, overrides: [] };
        const lines = readCalendar(renderCalendar(rota, { kind: "schedule", name: "orders" }, NOW, NOW + 14 * DAY));
        expect(lines.filter(({ name: each }) => each === "UID").length).toBeGreaterThan(0);
      }),
    );
    const halves = "Eve \u0000\u0007\ud800 \udc00\u2028Ö🔥".repeat(5);
    const policy = aPolicy({ ...ROTATION, people: { ...ROTATION.people, alice: { name: halves } } });
    expect(
      readCalendar(renderCalendar({ policy, overrides: [] }, { kind: "person", name: "alice" }, NOW, NOW + 14 * DAY)),
    ).not.toEqual([]);
  });
});

test("a policy is compared with what is in force before it is in place", async () => {
  const snapshot = await app.json<OnCallSnapshot>("/api/oncall/rotations");
  const changes = (file: object): readonly string[] => {
    const before = rosterOfSnapshot(snapshot);
    const policy = aPolicy(file);
    const versions = replaceRotations(policy, snapshot.versions, snapshot.at);
    return oncallChanges(before, { ...before, policy, versions }, snapshot.at);
  };
  expect(changes(ROTATION)).toEqual([]);
  const people = { ...ROTATION.people, dana: { name: "Dana" } };
  const orders = (layer: object) => ({ orders: { timezone: "Europe/Berlin", layers: [layer] } });
  expect(
    changes({ ...ROTATION, people, schedules: orders({ people: ["alice", "dana"], from: "2026-11-16" }) }),
  ).toEqual([
    `orders: Alice stays on call until the hand-off at 2026-11-23 08:00:00 UTC; then Dana, not ${ROTATION.people.bob.name}`,
  ]);
  expect(changes({ ...ROTATION, people, teams: { ...ROTATION.teams, search: { oncall: ["dana"] } } })).toEqual([
    `on call for search now changes: ${ROTATION.people.bob.name} → Dana`,
  ]);
});
