import { afterAll, beforeAll, expect, test } from "vitest";
import { saveIncidents } from "#db/incidents.ts";
import { insertEvents } from "#db/events.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { referenceStory } from "#test/support/builders/reference-incident.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startApp({
    policy: { revenuePerMinute: 100, services: { "order-service": { revenuePerMinute: 2_500 } } },
  });
  app.time.now = NOW + 2 * HOUR;
  const { incident, events } = referenceStory();
  const { db } = app.engine.connection;
  const before = { key: incident.key, status: "closed", resolvedAt: NOW - HOUR } as const;
  const tasks = [
    { id: 1, kind: "followup", text: "close connections", owner: null, due: "2026-11-01", doneAt: null },
  ] as const;
  const stored = [
    anIncident({ ...before, number: 1, title: "the same, before", openedAt: NOW - 2 * HOUR, tasks }),
    anIncident({ ...before, number: 2, title: "a drill of it", drill: true }),
    anIncident({ ...before, number: 3, title: "a private one", private: true }),
    anIncident({ ...before, number: 4, title: "another signature", key: "[]" }),
    { ...incident, number: 5 },
    anIncident({ ...before, number: 6, title: "a later one" }),
    anIncident({
      ...before,
      number: 7,
      key: '["other"]',
      title: "a private one of another kind",
      private: true,
      tasks,
    }),
    anIncident({
      ...before,
      number: 8,
      key: '["other"]',
      title: "the disk is full",
      tasks: [{ ...tasks[0], text: "clean the disk" }],
    }),
  ];
  await saveIncidents(
    db,
    stored.map((state) => ({ uid: `u${state.number}`, state })),
  );
  await insertEvents(
    db,
    events.map((event) => ({ incident: 5, event })),
  );
});
afterAll(() => app.stop());

test("the draft lists earlier incidents with its signature, and the state of their actions", async () => {
  const draft = await (await app.get("/api/incidents/INC-5/postmortem")).text();
  expect(draft).toMatch(
    /^\| INC-1 the same, before \| .* \| close connections \(no one's\): \*\*was due 2026-11-01 and is not done\*\* \|$/m,
  );
  for (const other of ["a drill of it", "a private one", "another signature", "a later one"])
    expect(draft).not.toContain(other);
});

test("and open follow-ups of other incidents of the service, except private ones", async () => {
  const draft = await (await app.get("/api/incidents/INC-5/postmortem")).text();
  expect(draft).toMatch(/^\| INC-8 the disk is full \| clean the disk \| no one \| 2026-11-01 \| none \|$/m);
  expect(draft).not.toMatch(/INC-[37]\b/);
});

test("the draft shows the cost of the outage by the service's own figure, and the events it comes from", async () => {
  const { computed } = (await (
    await app.get("/api/incidents/INC-5/postmortem", { accept: "application/json" })
  ).json()) as {
    computed: { revenue: unknown; times: { resolve: unknown } };
  };
  expect(computed.revenue).toEqual({ perMinute: 2_500, of: "service", minutes: 21, amount: 52_500 });
  expect(computed.times.resolve).toEqual({ value: 22 * MINUTE, from: [2, 29] });
});
