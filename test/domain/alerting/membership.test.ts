import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ingestDelivery } from "#domain/alerting/alert-ingestion.ts";
import { followMerges, gathersPeople, type AlertingMemory } from "#domain/alerting/alerting-memory.ts";
import { groupKey } from "#domain/alerting/grouping.ts";
import { resolveTeam } from "#domain/alerting/routing.ts";
import type { TruncationMark } from "#domain/alerting/truncation.ts";
import { applyFacts } from "#domain/events/decision.ts";
import type { Alert } from "#domain/incident/alert.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { AlertLabels } from "#domain/values/alert-labels.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { aDelivery, anObservation } from "#test/support/builders/alert-builders.ts";
import { ALERTMANAGER } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";

/** What was delivered so far, in maps: the rules as the engine asks them, without the engine. */
class DeliveredAlerts implements AlertingMemory {
  readonly incidents = new Map<number, Incident>();
  readonly alerts = new Map<string, Alert>();
  readonly opened: readonly number[] = [];
  readonly #policy: Policy;
  #seq = 0;

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  get nextNumber(): number {
    return this.incidents.size + 1;
  }
  findAlert(_: string, fingerprint: string): Alert | null {
    return this.alerts.get(fingerprint) ?? null;
  }
  findIncident(number: number): Incident | null {
    return this.incidents.get(number) ?? null;
  }
  mergeTarget(incident: Incident | null): Incident | null {
    return followMerges(incident, (number) => this.findIncident(number));
  }
  newestOfKey(key: string): Incident | null {
    return [...this.incidents.values()].findLast((each) => each.key === key) ?? null;
  }
  gatheringOfService(service: string, team: string | null): Incident | null {
    return (
      [...this.incidents.values()].findLast(
        (each) => gathersPeople(each) && each.route.service === service && (team === null || each.route.team === team),
      ) ?? null
    );
  }
  marksOf(): ReadonlyMap<number, TruncationMark> {
    return new Map<number, TruncationMark>();
  }

  receives(all: readonly AlertLabels[], now: number): void {
    const ctx = { now, actor: ALERTMANAGER, policy: this.#policy };
    const delivery = aDelivery({
      alerts: all.map((labels) => anObservation({ fingerprint: JSON.stringify(labels), labels, startsAt: now })),
    });
    const at = { source: "alertmanager", seq: ++this.#seq, receivedAt: now };
    const { alerts, results } = ingestDelivery(this, delivery, at, ctx);
    for (const { incident, facts } of results) {
      const after = applyFacts(incident, facts, ctx);
      this.incidents.set(after.number, after);
    }
    for (const alert of alerts) this.alerts.set(alert.fingerprint, alert);
  }
}

const SEARCH_JOB = {
  alertname: "KubeJobFailed",
  job: "kube-state-metrics",
  namespace: "search",
  team: "search",
  severity: "P1",
};
const PAYMENTS_POD = {
  alertname: "KubePodCrashLooping",
  job: "kube-state-metrics",
  namespace: "payments",
  team: "payments",
  severity: "P1",
};

const twoTeams = (more: object = {}): Policy =>
  aPolicy({
    ...STAFFED_POLICY,
    teams: { search: { oncall: ["alice"] }, payments: { oncall: ["bob"] } },
    services: { "payments-api": { match: ['namespace="payments"'], team: "payments" } },
    ...more,
  });

describe("alerts of two teams that come through one exporter", () => {
  test.each<{ story: string; deliveries: readonly (readonly AlertLabels[])[] }>([
    { story: "in one delivery", deliveries: [[SEARCH_JOB, PAYMENTS_POD]] },
    { story: "one after the other", deliveries: [[SEARCH_JOB], [PAYMENTS_POD]] },
    {
      story: "with the same name and no service",
      deliveries: [[SEARCH_JOB], [{ ...SEARCH_JOB, namespace: "x", team: "payments" }]],
    },
    {
      story: "whose service is a job that no one named",
      deliveries: [
        [
          { ...SEARCH_JOB, job: "batch" },
          { ...PAYMENTS_POD, namespace: "x", job: "batch" },
        ],
      ],
    },
  ])("open an incident for each team, which is paged: $story", ({ deliveries }) => {
    const world = new DeliveredAlerts(twoTeams());
    for (const [i, labels] of deliveries.entries()) world.receives(labels, NOW + i * MINUTE);
    expect(
      [...world.incidents.values()]
        .map(({ route, pages }) => `${route.team}: ${pages.map(({ to }) => to).join(", ")}`)
        .toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(["payments: Bob", "search: Alice"]);
  });

  test("meet when the policy makes them one, by the key", () => {
    const world = new DeliveredAlerts(twoTeams({ grouping: { by: ["job"] } }));
    world.receives([SEARCH_JOB, PAYMENTS_POD], NOW);
    expect(world.incidents.size).toBe(1);
  });

  test("of one team meet as before", () => {
    const world = new DeliveredAlerts(twoTeams());
    world.receives([PAYMENTS_POD], NOW);
    world.receives([{ ...PAYMENTS_POD, alertname: "KubePodNotReady" }], NOW + MINUTE);
    expect([world.incidents.size, world.incidents.get(1)?.alerts.total]).toEqual([1, 2]);
  });
});

const label = (...values: readonly string[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
const labelSets: fc.Arbitrary<AlertLabels> = fc
  .record({
    alertname: fc.constantFrom("Down", "Slow"),
    severity: fc.constantFrom("P0", "P1", "P2", "P3"),
    service: label("checkout", "kube-state-metrics", "named"),
    job: label("node-exporter", "batch", "named"),
    namespace: label("payments", "x"),
    team: label("search", "payments", "unknown"),
    instance: fc.constantFrom("1", "2", "3"),
  })
  .map((labels) => JSON.parse(JSON.stringify(labels)) as Record<string, string>);

type Link = { readonly key: string; readonly team: string | null };

/** Which members hang together with an incident by a key or by a team, step by step; an alert of no team is no one's. */
function reachable(from: Link, members: readonly Link[]): readonly Link[] {
  const reached = new Set<Link>();
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop())
    for (const each of members)
      if (!reached.has(each) && (each.key === at.key || each.team === null || each.team === at.team)) {
        reached.add(each);
        open.push(each);
      }
  return [...reached];
}

test("alerts of two teams never share an incident because of a service: only by a key", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          labels: fc.uniqueArray(labelSets, { minLength: 1, maxLength: 4, selector: JSON.stringify }),
          wait: fc.nat(20),
        }),
        { maxLength: 12 },
      ),
      fc.constantFrom({}, { defaultTeam: "search" }),
      (deliveries, more) => {
        const policy = twoTeams({
          services: { "payments-api": { match: ['namespace="payments"'], team: "payments" }, named: {} },
          storm: null,
          ...more,
        });
        const world = new DeliveredAlerts(policy);
        let now = NOW;
        for (const { labels, wait } of deliveries) world.receives(labels, (now += wait * MINUTE));
        for (const { number, key, route } of world.incidents.values()) {
          const members = [...world.alerts.values()].filter(({ incident }) => incident === number);
          const links = members.map(({ labels }) => ({
            key: groupKey(policy, labels),
            team: resolveTeam(policy, labels).team,
          }));
          expect(reachable({ key, team: route.team }, links)).toHaveLength(members.length);
        }
        // Within a key teams may meet only where someone named the service.
        for (const { key } of world.incidents.values()) {
          const members = [...world.alerts.values()].filter(({ labels }) => groupKey(policy, labels) === key);
          const memberships = members.map(({ labels }) => resolveTeam(policy, labels));
          if (memberships.some(({ named }) => !named))
            expect(new Set(memberships.map(({ team }) => team)).size).toBe(1);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
