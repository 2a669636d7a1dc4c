import fc from "fast-check";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { formatIso } from "#domain/values/instant.ts";
import type { Actor, Instant, Priority } from "#domain/values/language.ts";
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
  /** Whether the first step of search is the person whom a schedule has. */
  readonly schedule: boolean;
  readonly source: SourceHabits;
};

/** How the Alertmanagers of a story behave. */
export type SourceHabits = {
  /** ms by which each further peer of the cluster sends what the first one sent; its own copies may overtake each other. */
  readonly peerLags: readonly number[];
  /** Alerts of a delivery at most; the others are only counted. */
  readonly maxAlerts: number | null;
  /** What alerts report of their start: the truth, nothing, in two hours, 40 days ago. */
  readonly starts: "true" | "unset" | "ahead" | "old";
};

const anySource: fc.Arbitrary<SourceHabits> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<SourceHabits>({ peerLags: [], maxAlerts: null, starts: "true" }) },
  {
    weight: 3,
    arbitrary: fc.record({
      peerLags: fc.constantFrom([20_000], [6 * MINUTE_MS, 1_000]),
      maxAlerts: fc.constantFrom(null, 1),
      starts: fc.constant("true" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      peerLags: fc.constant([]),
      maxAlerts: fc.constant(null),
      starts: fc.constantFrom("unset" as const, "ahead" as const, "old" as const),
    }),
  },
);

export const anySimPolicy: fc.Arbitrary<SimPolicyPlan> = fc.record({
  perPerson: fc.constantFrom(8, 2, 3),
  storm: fc.constantFrom(null, 3, 20),
  repeatMinutes: fc.constantFrom(240, 60, 5),
  singleStep: fc.boolean(),
  schedule: fc.boolean(),
  source: anySource,
});

/** A window in which alerts of a name are held back: once, or each day between two full hours of UTC. */
export type MaintenanceWindow = { readonly alertname: string } & (
  | { readonly from: Instant; readonly until: Instant }
  | { readonly hours: readonly [from: number, to: number] }
);

/** What was edited in the policy since the story began. */
export type PolicyEdits = {
  readonly maintenance: readonly MaintenanceWindow[];
  /** The people who take turns for search, in order. */
  readonly rotation: readonly string[];
  /** Whether payments is gone, with its service. */
  readonly teamGone: boolean;
  /** Whether the first step of checkout is someone else. */
  readonly swapped: boolean;
  /** Whether Dana has left: no one is on call for checkout, and payments has no second step. */
  readonly danaGone: boolean;
  /** Whether the service of checkout belongs to search. */
  readonly handedOver: boolean;
};

export const FIRST_POLICY: PolicyEdits = {
  maintenance: [],
  rotation: ["alice", "bob"],
  teamGone: false,
  swapped: false,
  danaGone: false,
  handedOver: false,
};

/** Hours of a turn of the schedule. */
export const TURN_HOURS = 4;

/** Three teams, four people, and services that alerts name or are known by a label. */
export function simPolicyFile(
  { perPerson, storm, singleStep, schedule }: SimPolicyPlan,
  { rotation, teamGone, swapped, danaGone, handedOver, maintenance }: PolicyEdits = FIRST_POLICY,
): unknown {
  const present = (names: readonly string[]): readonly string[] => names.filter((name) => !danaGone || name !== "dana");
  const second = singleStep || danaGone ? [] : [["dana"]];
  return {
    people: {
      alice: { name: "Alice", slack: "U0ALICE01" },
      bob: { name: "Bob", slack: "U0BOB0001" },
      charlie: { name: "Charlie", slack: "U0CHARLI1" },
      ...(danaGone ? {} : { dana: { name: "Dana", slack: "U0DANA001" } }),
    },
    schedules: {
      turns: {
        timezone: "UTC",
        layers: [{ people: present(rotation), shift: `${TURN_HOURS}h`, handoff: "00:00" }],
        backup: "none",
      },
    },
    teams: {
      search: {
        channel: "team-search",
        ...(schedule ? { schedule: "turns" } : { oncall: ["alice"] }),
        escalation: [["bob"], ["charlie"]],
      },
      ...(teamGone ? {} : { payments: { channel: "team-payments", oncall: ["charlie"], escalation: second } }),
      checkout: {
        channel: "team-checkout",
        oncall: present([swapped ? "charlie" : "dana"]),
        escalation: [["alice", "bob"]],
      },
    },
    services: {
      "search-api": { team: "search" },
      ...(teamGone ? {} : { "payments-api": { team: "payments", match: ['namespace="payments"'] } }),
      "checkout-web": { team: handedOver ? "search" : "checkout" },
      muster: { team: "search" },
    },
    storm: storm === null ? null : { incidents: storm },
    paging: { perPerson },
    watchdogs: [{ match: ['alertname="Watchdog"'], within: `${WATCHDOG_WITHIN_MS / MINUTE_MS}m` }],
    maintenance: maintenance.map((window) => ({
      match: [`alertname="${window.alertname}"`],
      reason: "planned work",
      ...("hours" in window
        ? { every: [{ from: fullHour(window.hours[0]), to: fullHour(window.hours[1]) }], timezone: "UTC" }
        : { from: formatIso(window.from), until: formatIso(window.until) }),
    })),
  };
}

const fullHour = (hour: number): string => `${String(hour).padStart(2, "0")}:00`;

/** How long the watchdog of a story may be silent, ms. */
export const WATCHDOG_WITHIN_MS = 70 * MINUTE_MS;

export const SIM_TEAMS = ["search", "payments", "checkout"] as const;

export const SIM_PEOPLE: readonly Actor[] = [
  { kind: "person", id: "U0ALICE01", name: "Alice" },
  { kind: "person", id: "U0BOB0001", name: "Bob" },
  { kind: "person", id: "U0CHARLI1", name: "Charlie" },
  { kind: "person", id: "U0DANA001", name: "Dana" },
];

/** An alert of the simulated world. What is the same alert has the same `id`: its labels may change while it fires. */
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

/** What makes it the same alert, whatever its labels are. */
export function fingerprintOf({ id }: Pick<SimAlert, "id">): string {
  return id.toString(16).padStart(16, "0");
}

/** An alert with another priority, and perhaps of another team; it stays the same alert, in the same group. */
export function relabeledAlert(alert: SimAlert, priority: Priority, team: SimAlert["team"]): SimAlert {
  const { service, job } = alert.labels;
  const owner = service === undefined ? { job, namespace: team, team } : { service: SERVICES[team] };
  const labels = { ...alert.labels, ...owner, severity: priority } as LabelSet;
  return { ...alert, priority, team, labels };
}

const SERVICES: Readonly<Record<SimAlert["team"], string>> = {
  search: "search-api",
  payments: "payments-api",
  checkout: "checkout-web",
};
