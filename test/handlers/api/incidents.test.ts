import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";

type ListedItem = {
  readonly incidents: readonly {
    readonly id: string;
    readonly service: string;
    readonly priority: string;
    readonly status: string;
  }[];
  readonly next: string | null;
};

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
  // INC-1 … INC-7: a service each, of three priorities; INC-2 is resolved.
  for (const [i, severity] of ["P1", "P2", "P3", "P1", "P2", "P3", "P3"].entries()) {
    await app.fires({ service: `s${i + 1}`, severity }, { startsAt: NOW - MINUTE });
  }
  await app.submit(
    aSubmission({ type: "incident", incident: 2, command: { type: "incident.resolve", reason: "not true" } }),
  );
  await app.settles();
  app.time.now += HOUR / 12;
});
afterAll(() => app.stop());

const idsFound = async (query: string): Promise<string[]> =>
  (await app.json<ListedItem>(`/api/incidents${query}`)).incidents.map(({ id }) => id);

describe("incidents", () => {
  test.each([
    ["", ["INC-7", "INC-6", "INC-5", "INC-4", "INC-3", "INC-2", "INC-1"]],
    ["?priority=P1", ["INC-4", "INC-1"]],
    ["?priority=P1,P2", ["INC-5", "INC-4", "INC-2", "INC-1"]],
    ["?status=resolved", ["INC-2"]],
    ["?status=triggered,acknowledged&priority=P2", ["INC-5"]],
    ["?service=s3", ["INC-3"]],
    ["?service=no one", []],
    ["?limit=2", ["INC-7", "INC-6"]],
  ])("%s", async (query, expected) => expect(await idsFound(query)).toEqual(expected));

  test("are paged, each once, newest first, until there is no next page", async () => {
    const seen: string[] = [];
    let cursor: string | null = "";
    let pages = 0;
    while (cursor !== null) {
      const page: ListedItem = await app.json<ListedItem>(
        `/api/incidents?limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`,
      );
      seen.push(...page.incidents.map(({ id }) => id));
      cursor = page.next;
      pages++;
    }
    expect([pages, seen]).toEqual([3, ["INC-7", "INC-6", "INC-5", "INC-4", "INC-3", "INC-2", "INC-1"]]);
  });

  test("a page that holds the rest has no next", async () =>
    expect((await app.json<ListedItem>("/api/incidents?limit=7")).next).toBeNull());

  test("one has everything that the public face names", async () => {
    const pageKey = expect.stringMatching(/^INC-2:1:P2:0:[0-9a-f]{10}$/) as string;
    expect(await app.json("/api/incidents/inc-2")).toEqual({
      id: "INC-2",
      title: "Down on s2",
      priority: "P2",
      sev: "SEV-2",
      status: "resolved",
      service: "s2",
      team: null,
      drill: false,
      private: false,
      detectedAt: "2026-11-21T14:31:00.000Z",
      openedAt: "2026-11-21T14:32:00.000Z",
      acknowledgedAt: "2026-11-21T14:32:00.000Z",
      mitigatedAt: "2026-11-21T14:32:00.000Z",
      resolvedAt: "2026-11-21T14:32:00.000Z",
      closedAt: null,
      quietUntil: null,
      recheck: { at: "2026-11-21T18:32:00.000Z", by: expect.any(Object) as object },
      falseAlarm: null,
      alerts: { total: 1, firing: 1, flaps: 0 },
      priorityReason: 'label severity="P2"',
      routeReason: 'service from label service="s2"; team from no team in the policy',
      channel: { id: "C2", name: "inc-2-down-on-s2", url: "https://chat.example/inc-2-down-on-s2" },
      roles: { commander: null, tech: null, comms: null, scribe: null },
      pages: [
        {
          to: "on-call",
          via: "pager",
          sentAt: "2026-11-21T14:32:00.000Z",
          acknowledgedAt: "2026-11-21T14:32:00.000Z",
          status: "resolved",
          key: pageKey,
          priority: "P2",
          requestedAt: "2026-11-21T14:32:00.000Z",
          held: [],
        },
      ],
      escalation: { step: 1, next: null },
      escalations: [
        {
          team: null,
          own: true,
          step: 1,
          pages: [pageKey],
          usedUp: 0,
          unseenSince: null,
          next: null,
          answered: {
            by: { id: "U0ALICE01", name: "Alice" },
            at: "2026-11-21T14:32:00.000Z",
            until: null,
            page: pageKey,
          },
        },
      ],
      calls: [],
      acknowledgedUntil: null,
      storm: null,
      summary: null,
      mergedInto: null,
      handoff: null,
      updates: { sent: 0, onTime: 0, longestSilenceMs: 0, lastAt: null, nextDueAt: null },
      tasks: [],
      tickets: [],
      runs: [],
      links: { runbook: null, dashboards: [], source: "http://prom.example:9090/graph" },
    });
  });

  test("the next step of an escalation is shown with its time", async () => {
    expect(await app.json("/api/incidents/INC-1")).toMatchObject({
      escalation: { step: 1, next: { to: "the pager's escalation policy", at: "2026-11-21T14:42:00.000Z" } },
    });
  });
});

describe("a timeline", () => {
  test("is oldest first, and shows who, why and the evidence", async () => {
    const { entries } = await app.json<{
      entries: {
        at: string;
        recordedAt: string;
        type: string;
        actor: string;
        summary: string;
        source: string;
        permalink: string | null;
      }[];
    }>("/api/incidents/INC-2/timeline");
    expect(entries.map(({ at }) => at)).toEqual(entries.map(({ at }) => at).toSorted());
    expect(entries[0]).toMatchObject({
      type: "incident.opened",
      actor: "Alertmanager",
      summary: 'INC-2 opened as P2 (SEV-2): Down on s2. Why P2: label severity="P2"',
      permalink: "http://prom.example:9090/graph",
    });
    expect(entries.find(({ type }) => type === "incident.resolved")).toMatchObject({
      actor: "Alice",
      summary: "Resolved by Alice: not true (1 alert still firing)",
      permalink: null,
    });
    expect(entries.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["page.requested", "page.sent", "channel.opened", "incident.acknowledged"]),
    );
  });
});

describe("a postmortem", () => {
  test("is Markdown, and JSON for who asks for it, with computed and human text apart", async () => {
    const markdown = await app.get("/api/incidents/INC-2/postmortem");
    expect([markdown.headers.get("content-type"), await markdown.text()]).toEqual([
      "text/markdown; charset=utf-8",
      expect.stringMatching(/^# INC-2 /),
    ]);
    const json = await app.get("/api/incidents/INC-2/postmortem", { accept: "application/json" });
    expect(await json.json()).toMatchObject({ id: "INC-2", human: {}, computed: { resolved: { value: NOW } } });
  });
});

describe("alerts", () => {
  test("of one incident, and of one status", async () => {
    expect(await app.json("/api/alerts?incident=INC-3")).toMatchObject({
      alerts: [{ incident: "INC-3", status: "firing", labels: { service: "s3" } }],
    });
    expect((await app.json<{ alerts: unknown[] }>("/api/alerts?status=firing&limit=5")).alerts).toHaveLength(5);
    expect(await app.json("/api/alerts?status=resolved")).toEqual({ alerts: [], next: null });
  });
});

test("a wrong value in a list is reported by the parameter's name, not by its position", async () => {
  expect(await (await app.get("/api/incidents?status=bogus")).json()).toEqual({
    error: expect.stringMatching(/^status: /) as string,
  });
});

describe("a wrong question is a 400 that names the parameter", () => {
  test.each([
    ["/api/incidents?limit=0", /^limit: /],
    ["/api/incidents?limit=many", /^limit: /],
    ["/api/incidents?limit=501", /^limit: /],
    ["/api/incidents?status=open", /^status/],
    ["/api/incidents?priority=P1,P9", /^priority/],
    ["/api/incidents?cursor=x", /^cursor: expected the `next` of an earlier answer/],
    ["/api/incidents?colour=red", /colour/],
    ["/api/incidents?service=a&service=b", /^service/],
    ["/api/alerts?incident=7", /^incident: expected an incident such as INC-12/],
    ["/api/alerts?status=pending", /^status/],
    ["/api/alerts?cursor=x", /^cursor: expected the `next` of an earlier answer/],
    ["/api/alerts?cursor=WyJmaXJpbmciLDFlMzAwLCJhIiwiYiJd", /^cursor/],
    ["/api/incidents/7", /"7" is no incident; it looks like INC-12/],
    ["/api/incidents/INC-x/timeline", /"INC-x" is no incident/],
  ])("%s", async (path, says) => {
    const response = await app.get(path);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: string }).error).toMatch(says);
  });
});

test.each([
  "/api/incidents/INC-99",
  "/api/incidents/INC-99/timeline",
  "/api/incidents/INC-99/postmortem",
  "/api/nothing",
])("%s is a 404 in JSON", async (path) => {
  const response = await app.get(path);
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({ error: expect.stringContaining("there is no") as string });
});
