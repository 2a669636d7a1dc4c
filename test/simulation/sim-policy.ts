import fc from "fast-check";
import type { Actor, Priority } from "#domain/values/language.ts";
import type { LabelSet } from "#test/support/builders/webhooks.ts";

/** What varies between the organizations of two stories. */
export type SimPolicyPlan = {
  /** How often a person is woken within 30 minutes at most. */
  readonly perPerson: number;
  /** So many incidents in a minute are a storm; null: there are no storms. */
  readonly storm: number | null;
  /** Minutes until the source sends again what fires. */
  readonly repeatMinutes: number;
  /** Whether payments has a second step. */
  readonly singleStep: boolean;
};

export const anySimPolicy: fc.Arbitrary<SimPolicyPlan> = fc.record({
  perPerson: fc.constantFrom(8, 2, 3),
  storm: fc.constantFrom(null, 3, 20),
  repeatMinutes: fc.constantFrom(240, 60, 5),
  singleStep: fc.boolean(),
});

/** Three teams, four people, and services that alerts name or are known by a label. */
export function simPolicyFile({ perPerson, storm, singleStep }: SimPolicyPlan): unknown {
  return {
    people: {
      alice: { name: "Alice", slack: "U0ALICE01" },
      bob: { name: "Bob", slack: "U0BOB0001" },
      charlie: { name: "Charlie", slack: "U0CHARLI1" },
      dana: { name: "Dana", slack: "U0DANA001" },
    },
    teams: {
      search: { channel: "team-search", oncall: ["alice"], escalation: [["bob"], ["charlie"]] },
      payments: { channel: "team-payments", oncall: ["charlie"], escalation: singleStep ? [] : [["dana"]] },
      checkout: { channel: "team-checkout", oncall: ["dana"], escalation: [["alice", "bob"]] },
    },
    services: {
      "search-api": { team: "search" },
      "payments-api": { team: "payments", match: ['namespace="payments"'] },
      "checkout-web": { team: "checkout" },
    },
    storm: storm === null ? null : { incidents: storm },
    paging: { perPerson },
  };
}

export const SIM_TEAMS = ["search", "payments", "checkout"] as const;

export const SIM_PEOPLE: readonly Actor[] = [
  { kind: "person", id: "U0ALICE01", name: "Alice" },
  { kind: "person", id: "U0BOB0001", name: "Bob" },
  { kind: "person", id: "U0CHARLI1", name: "Charlie" },
  { kind: "person", id: "U0DANA001", name: "Dana" },
];

/** An alert of the simulated world: the same labels for ever, firing or not. */
export type SimAlert = {
  readonly id: number;
  readonly labels: LabelSet;
  readonly team: (typeof SIM_TEAMS)[number];
  readonly priority: Priority;
  /** The group that its Alertmanager sends it in. */
  readonly group: string;
};

/** All alerts that can fire: each team's service at three priorities on two instances, and some that only an exporter sees. */
export const SIM_ALERTS: readonly SimAlert[] = [
  ...(["P1", "P0", "P2"] as const).flatMap((priority) =>
    (
      [
        ["search", "search-api"],
        ["payments", "payments-api"],
        ["checkout", "checkout-web"],
      ] as const
    ).flatMap(([team, service]) =>
      ["1", "2"].map((instance) => ({
        team,
        priority,
        labels: { alertname: `Errors${priority}`, service, instance, severity: priority },
      })),
    ),
  ),
  ...(["search", "payments", "checkout"] as const).map((team) => ({
    team,
    priority: "P1" as const,
    labels: { alertname: "KubePodCrashLooping", job: "kube-state-metrics", namespace: team, team, severity: "P1" },
  })),
].map((alert, id) => ({ ...alert, id, group: `{}:{alertname="${alert.labels.alertname}", team="${alert.team}"}` }));
