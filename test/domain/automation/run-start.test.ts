import { describe, expect, test } from "vitest";
import {
  planRun,
  startRuns,
  type RunAlert,
  type RunIncident,
  type StartableRunbook,
} from "#domain/automation/run-start.ts";
import type { RunPlan } from "#domain/automation/run.ts";
import { STATUSES, isOpen } from "#domain/values/language.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { aRunPlan } from "#test/support/builders/runbooks/run-builders.ts";

const alert = (fingerprint: string): RunAlert => ({
  source: "alertmanager",
  fingerprint,
  labels: { alertname: "HighLatency", pod: fingerprint },
});
const fired = (count: number, incident = 1) => ({
  incident,
  alerts: Array.from({ length: count }, (_, i) => alert(`f${i}`)),
});

type World = {
  readonly incident: RunIncident | null;
  readonly runbooks: readonly StartableRunbook[];
  readonly known: (fingerprint: string) => boolean;
  readonly plan: (runbook: StartableRunbook, pod: string) => RunPlan | string;
};
const RESTART: StartableRunbook = { id: "restart", mode: "approve", documentation: false };

/** Every alert that is known is that of one pod, which a plan locks. */
function start(events: Parameters<typeof startRuns>[1], overrides: Partial<World> = {}) {
  const { incident, runbooks, known, plan }: World = {
    incident: anIncident(),
    runbooks: [RESTART],
    known: () => true,
    plan: ({ id }, pod) => aRunPlan({ runbook: id, limits: { ...aRunPlan().limits, lock: pod } }),
    ...overrides,
  };
  const memory = {
    findIncident: (number: number) => (incident === null ? null : { ...incident, number }),
    findAlert: (_: string, fingerprint: string) => (known(fingerprint) ? alert(fingerprint) : null),
    runbooksFor: () => runbooks,
    plan: (runbook: StartableRunbook, labels: RunAlert["labels"]) => plan(runbook, labels["pod"]!),
  };
  const { runs, impossible } = startRuns(memory, events);
  return { runs: runs.map((run) => `INC-${run.incident} ${run.runbook} ${run.target}`), impossible };
}

describe("alerts that begin to fire", () => {
  test.each<[string, Partial<World>, readonly string[]]>([
    ["begin each runbook that is for them", {}, ["INC-1 restart f0", "INC-1 restart f1"]],
    ["begin nothing without a runbook", { runbooks: [] }, []],
    ["begin no page to read", { runbooks: [{ ...RESTART, documentation: true }] }, []],
    ["begin no runbook that is off", { runbooks: [{ ...RESTART, mode: "off" }] }, []],
    [
      "begin one that suggests",
      { runbooks: [{ ...RESTART, mode: "suggest" }] },
      ["INC-1 restart f0", "INC-1 restart f1"],
    ],
    ["begin nothing for an incident that is not there", { incident: null }, []],
    [
      "begin nothing for an alert that is not there",
      { known: (fingerprint) => fingerprint === "f1" },
      ["INC-1 restart f1"],
    ],
  ])("%s", (_, world, runs) => {
    expect(start([fired(2)], world)).toEqual({ runs, impossible: [] });
  });

  test.each(STATUSES)("begin runs only in an incident that is open: %s", (status) => {
    expect(start([fired(1)], { incident: anIncident({ status }) }).runs).toHaveLength(isOpen(status) ? 1 : 0);
  });

  test("begin 10 runs for an incident at most, and plan only these", () => {
    let planned = 0;
    const plan: World["plan"] = ({ id }, pod) => {
      planned++;
      return aRunPlan({ runbook: id, limits: { ...aRunPlan().limits, lock: pod } });
    };
    expect(start([fired(12), fired(12)], { plan }).runs).toHaveLength(10);
    expect(planned).toBe(10);
    expect(start([fired(12), fired(12, 2)]).runs).toHaveLength(20);
  });

  test("begin one run for what they have in common, which leaves room for others", () => {
    const other = { ...RESTART, id: "other" };
    const plan: World["plan"] = ({ id }, pod) =>
      id === "restart" || pod === "f11" ? aRunPlan({ runbook: id }) : "not it";
    expect(start([fired(12), fired(1, 2)], { plan, runbooks: [RESTART, other] }).runs).toEqual([
      "INC-1 restart k8s/shop",
      "INC-1 other k8s/shop",
      "INC-2 restart k8s/shop",
    ]);
  });

  test("are looked at up to the 20th of an event", () => {
    expect(start([fired(25)], { known: (pod) => Number(pod.slice(1)) >= 18 }).runs).toEqual([
      "INC-1 restart f18",
      "INC-1 restart f19",
    ]);
  });

  test("give the reason why a runbook for them cannot run, and begin the others", () => {
    const plan: World["plan"] = ({ id }, pod) =>
      pod === "f0" ? "no row f0" : aRunPlan({ runbook: id, limits: { ...aRunPlan().limits, lock: pod } });
    expect(start([fired(2)], { plan })).toEqual({
      runs: ["INC-1 restart f1"],
      impossible: [{ incident: 1, runbook: "restart", why: "no row f0" }],
    });
  });
});

describe("a run", () => {
  const escalate = { after: MINUTE, to: "orders" };
  const rows = {
    a: { value: "a", row: { domain: "zone-b" } },
    b: { value: "b", row: { domain: "zone-a" } },
    c: { value: "c", row: { domain: "zone-a" } },
    d: { value: "d", row: null },
  };
  const plan = aRunPlan({ escalate, params: rows, mode: "auto" });
  const run = (incident: RunIncident | null) => planRun(plan, {}, { incident, alert: alert("f"), by: null });

  test("follows its plan, for its incident and its alert", () => {
    expect(run(anIncident({ number: 7, priority: "P1" }))).toMatchObject({
      incident: 7,
      urgency: 1,
      runbook: "restart",
      sha: "sha",
      mode: "auto",
      target: "k8s/shop",
      alert: { source: "alertmanager", fingerprint: "f" },
      systemic: false,
      planHash: "plan",
      plan: { escalate },
      domains: ["zone-a", "zone-b"],
    });
  });

  test("only suggests in an exercise, and wakes no one", () => {
    expect(run(anIncident({ drill: true }))).toMatchObject({ mode: "suggest", plan: { escalate: null, mode: "auto" } });
  });

  test("is one of many in a storm", () => {
    const storm = { until: 0, recent: [], total: 1, services: {}, paged: {} };
    expect(run(anIncident({ storm }))).toMatchObject({ systemic: true });
  });

  test("without an incident is as urgent as a P3", () => {
    expect(run(null)).toMatchObject({ incident: null, urgency: 3, systemic: false, mode: "auto" });
  });
});
