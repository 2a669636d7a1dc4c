import { expect, test } from "vitest";
import { RunEvent, callsPeople } from "#domain/events/run-event.ts";
import { NOW } from "#test/support/builders/instants.ts";

const RUN = { run: 3, runbook: "restart" };

type Row<T extends RunEvent["type"]> = {
  readonly data: Extract<RunEvent, { readonly type: T }>["data"];
  readonly calls: boolean;
};

/** Whether each report of a run calls people, who are then where a merged incident goes on: a new one does not compile without. */
const ROWS: { readonly [T in RunEvent["type"]]: Row<T> } = {
  "run.suggested": { data: { ...RUN, says: "pool 0.95" }, calls: false },
  "run.requested": { data: { ...RUN, step: "a", why: "it asks", from: [], count: 1, until: NOW }, calls: false },
  "run.approved": { data: { ...RUN, step: "a", left: 0 }, calls: false },
  "run.started": { data: { ...RUN, step: "a", what: "k8s.restart", approvedBy: [] }, calls: false },
  "step.finished": {
    data: { ...RUN, step: "a", what: "k8s.restart", effect: "unknown", before: [], after: [] },
    calls: false,
  },
  "run.overdue": { data: { ...RUN, after: 1, state: "verifying", page: "orders" }, calls: true },
  "run.unknown": { data: { ...RUN, step: "a", reason: "no answer" }, calls: true },
  "run.settled": { data: { ...RUN, step: "a", answer: "again" }, calls: true },
  "run.succeeded": { data: { ...RUN, says: "latency 0.1" }, calls: false },
  "run.failed": { data: { ...RUN, reason: "no data", page: "orders" }, calls: true },
  "run.canceled": { data: { ...RUN, reason: "Bob stopped it" }, calls: false },
};
const reports = Object.entries(ROWS).map(([type, { data, calls }]) => ({ news: { type, data } as RunEvent, calls }));

test.each(reports)("$news.type calls people: $calls", ({ news, calls }) => {
  expect(RunEvent.parse(news)).toEqual(news);
  expect(callsPeople(news)).toBe(calls);
});

test("a failed run calls no one when its runbook names no one", () =>
  expect(callsPeople({ type: "run.failed", data: { ...RUN, reason: "no data", page: null } })).toBe(false));

test("a run reports nothing but events of runs", () =>
  expect(RunEvent.safeParse({ type: "incident.resolved", data: {} }).success).toBe(false));
