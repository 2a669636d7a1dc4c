import { replaceRotations } from "#domain/oncall/oncall-changes.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { RotationVersion } from "#domain/policy/rotation-version.ts";
import { DAY_MS, HOUR_MS } from "#domain/values/duration.ts";
import { parseInstant } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import {
  FIRST_POLICY,
  simPolicyFile,
  TURN_HOURS,
  type MaintenanceWindow,
  type PolicyEdits,
  type SimAlert,
  type SimPolicyPlan,
} from "./sim-policy.ts";

/** When the first turn of the schedule began. */
const FIRST_TURN = parseInstant("2024-01-01T00:00:00Z")!;
const TURN_MS = TURN_HOURS * HOUR_MS;

/** The policy of a story, which people edit, and who is on call by it as people would count it. */
export class SimRoster {
  policy: Policy;
  /** Every policy that counted, the latest last. */
  readonly policies: Policy[];
  /** When the policy was edited last, as time passes; null: never. */
  editedAt: Instant | null = null;
  #edits: PolicyEdits = FIRST_POLICY;
  #versions: readonly RotationVersion[] = [];
  /** The order of turns, with when it counts from. */
  #orders: readonly { readonly people: readonly string[]; readonly from: Instant }[];
  readonly #plan: SimPolicyPlan;
  /** The clock of Muster, and time as it passes. */
  readonly #now: () => Instant;
  readonly #passing: () => Instant;

  constructor(plan: SimPolicyPlan, now: () => Instant, passing: () => Instant) {
    this.#plan = plan;
    this.#now = now;
    this.#passing = passing;
    this.policy = aPolicy(simPolicyFile(plan));
    this.policies = [this.policy];
    this.#orders = [{ people: FIRST_POLICY.rotation, from: 0 }];
    this.#versions = replaceRotations(this.policy, [], 0);
  }

  /** Whether a window holds an alert back at an instant of Muster's clock, as people would count it. */
  isInMaintenance(labels: SimAlert["labels"], at: Instant): boolean {
    return this.#edits.maintenance.some(
      (window) =>
        window.alertname === labels["alertname"] &&
        ("hours" in window ? isHourOf(window.hours, (at % DAY_MS) / HOUR_MS) : window.from <= at && at < window.until),
    );
  }

  /** When windows end next after an instant of Muster's clock. */
  windowEnds(after: Instant): readonly Instant[] {
    return this.#edits.maintenance.map((window) => {
      if (!("hours" in window)) return window.until;
      const today = after - (after % DAY_MS) + window.hours[1] * HOUR_MS;
      return today > after ? today : today + DAY_MS;
    });
  }

  /** The edit that adds a window to those that there are. */
  withWindow(window: MaintenanceWindow): Partial<PolicyEdits> {
    return { maintenance: [...this.#edits.maintenance, window] };
  }

  /** The policy is edited and read again, as the engine reads it. */
  edits(change: Partial<PolicyEdits>): void {
    const now = this.#now();
    this.#edits = { ...this.#edits, ...change };
    this.policy = aPolicy(simPolicyFile(this.#plan, this.#edits));
    this.policies.push(this.policy);
    this.editedAt = this.#passing();
    this.#versions = replaceRotations(this.policy, this.#versions, now);
    // The person who has the turn keeps it until it ends; who has left has none.
    const { rotation, danaGone } = this.#edits;
    const people = rotation.filter((name) => !danaGone || name !== "dana");
    this.#orders = [...this.#orders.filter(({ from }) => from <= now), { people, from: nextTurn(now) }];
  }

  /** The team of an alert by the policy as it is now. */
  teamOf({ team, labels }: SimAlert): SimAlert["team"] {
    return this.#edits.handedOver && labels["service"] === "checkout-web" ? "search" : team;
  }

  /** The rotations that later ones have replaced. */
  replaced(): readonly RotationVersion[] {
    return this.#versions.filter(({ until }) => until !== null);
  }

  /** The people who may be woken for a team now; by the policy, and for a schedule by counting turns. */
  peopleOf(team: string): ReadonlySet<string> {
    const people = new Set<string>();
    // A deadline set under an earlier policy keeps the step that it was opened with.
    for (const { teams } of this.policies)
      for (const name of [
        ...(teams[team]?.oncall ?? []),
        ...(teams[team]?.escalation ?? []).flatMap(({ page }) => page),
      ])
        people.add(name);
    if (this.policies.some(({ teams }) => teams[team]?.schedule !== undefined))
      for (const name of this.#haveTurn()) people.add(name);
    return people;
  }

  /** Who has the turn; while it is that of someone who has left, any of those who take turns. */
  #haveTurn(): readonly string[] {
    const now = this.#now();
    const { people } = this.#orders.findLast(({ from }) => from <= now)!;
    const name = people[Math.floor((now - FIRST_TURN) / TURN_MS) % people.length]!;
    return Object.hasOwn(this.policy.people, name) ? [name] : this.#orders.at(-1)!.people;
  }
}

function isHourOf([from, to]: readonly [number, number], hour: number): boolean {
  return from <= hour && hour < to;
}

function nextTurn(now: Instant): Instant {
  return FIRST_TURN + (Math.floor((now - FIRST_TURN) / TURN_MS) + 1) * TURN_MS;
}
