import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Override } from "#domain/incident/arrangement.ts";
import { oncallChanges, replaceRotations } from "#domain/oncall/oncall-changes.ts";
import { scheduleShifts, type OnCallRoster } from "#domain/oncall/oncall.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { RotationVersion } from "#domain/policy/rotation-version.ts";
import type { Shift } from "#domain/oncall/shifts.ts";
import { DAY, HOUR, instantOf } from "#test/support/builders/instants.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

const ALL = ["alice", "bob", "charlie", "dana"];
const policyOf = (schedule: object, people = ALL): Policy =>
  aPolicy({
    people: Object.fromEntries(people.map((name) => [name, { slack: `U0${name.toUpperCase()}` }])),
    schedules: { orders: schedule },
    teams: { orders: { schedule: "orders" } },
  });
const weekly = (people: readonly string[], more: object = {}) => ({
  layers: [{ people, from: "2026-11-02", ...more }],
});

/** Policies that were read one after the other: what is stored of them, and who is on call by the last. */
class ReadPolicies {
  versions: readonly RotationVersion[] = [];
  policy: Policy;
  readonly overrides: Override[] = [];

  constructor(first: Policy) {
    this.policy = first;
    this.read(first, 0);
  }

  read(policy: Policy, now: number): readonly string[] {
    const before = { policy: this.policy, overrides: this.overrides, versions: this.versions };
    const fresh = replaceRotations(policy, this.versions, now);
    const changes = oncallChanges(before, { policy, overrides: this.overrides, versions: fresh }, now);
    this.versions = fresh.map((each, id) => ({ ...each, id }));
    this.policy = policy;
    return changes;
  }

  shifts(from: number, to: number): readonly Shift[] {
    const roster: OnCallRoster = { policy: this.policy, overrides: this.overrides, replaced: this.versions };
    return scheduleShifts(roster, "orders", from, to);
  }

  onCall(at: number): string | null {
    return this.shifts(at, at + 1)[0]?.person ?? null;
  }
}

// Bob's week began on Monday the 9th; the hand-off is on the 16th at nine.
const NOW = instantOf("2026-11-11T12:00:00Z");
const HANDOFF = instantOf("2026-11-16T09:00:00Z");

describe("a rotation that is edited", () => {
  test("lets the person who has the turn keep it until the hand-off, and leaves the past as it was", () => {
    const read = new ReadPolicies(policyOf(weekly(["alice", "bob", "charlie"])));
    const past = read.shifts(NOW - 60 * DAY, NOW);
    expect(read.onCall(NOW)).toBe("bob");
    expect(read.read(policyOf(weekly(ALL)), NOW)).toEqual([
      "orders: bob stays on call until the hand-off at 2026-11-16 09:00:00 UTC; then charlie, as before",
    ]);
    expect(read.onCall(NOW)).toBe("bob");
    expect(read.onCall(HANDOFF - 1)).toBe("bob");
    expect([0, 1, 2, 3].map((week) => read.onCall(HANDOFF + week * 7 * DAY))).toEqual([
      "charlie",
      "dana",
      "alice",
      "bob",
    ]);
    expect(read.shifts(NOW - 60 * DAY, NOW)).toEqual(past);
  });

  test.each([
    ["its first day", weekly(["alice", "bob", "charlie"], { from: "2026-11-09" })],
    ["the length of a turn", weekly(["alice", "bob", "charlie"], { shift: "daily" })],
    ["the hour of the hand-off", weekly(["alice", "bob", "charlie"], { handoff: "17:00" })],
    ["the time zone", { ...weekly(["alice", "bob", "charlie"]), timezone: "Asia/Tokyo" }],
    ["the order", weekly(["charlie", "alice", "bob"])],
    ["people, without the one who has the turn", weekly(["alice", "charlie"])],
  ])("in %s counts from the hand-off on", (_, schedule) => {
    const read = new ReadPolicies(policyOf(weekly(["alice", "bob", "charlie"])));
    read.read(policyOf(schedule), NOW);
    expect(read.onCall(HANDOFF - 1)).toBe("bob");
    const alone = new ReadPolicies(policyOf(schedule));
    expect(read.shifts(HANDOFF, HANDOFF + 40 * DAY)).toEqual(alone.shifts(HANDOFF, HANDOFF + 40 * DAY));
  });

  test("counts at once when the policy no longer has the person with the turn, even when that is a later edit", () => {
    const read = new ReadPolicies(policyOf(weekly(["alice", "bob", "charlie"])));
    const without = weekly(["alice", "charlie"]);
    expect(read.read(policyOf(without), NOW).join()).toMatch(/^orders: bob stays on call until/);
    expect(read.read(policyOf(without, ["alice", "charlie", "dana"]), NOW + HOUR)).toEqual([
      "on call for orders now changes: bob → charlie",
    ]);
    expect(read.onCall(NOW + HOUR - 1)).toBe("bob");
    expect(read.onCall(NOW + HOUR)).toBe("charlie");
  });

  test("counts at once where no one has the turn", () => {
    const mondays = weekly(["alice"], { only: [{ days: ["monday"], from: "09:00", to: "17:00" }] });
    const read = new ReadPolicies(policyOf(mondays));
    expect(read.read(policyOf(weekly(["dana"])), NOW)).toEqual(["on call for orders now changes: no one → dana"]);
    expect(read.onCall(NOW - 1)).toBeNull();
  });

  test("and edited back before the hand-off is as it was", () => {
    const read = new ReadPolicies(policyOf(weekly(["alice", "bob", "charlie"])));
    const planned = read.shifts(NOW - 30 * DAY, NOW + 90 * DAY);
    read.read(policyOf(weekly(ALL)), NOW);
    read.read(policyOf(weekly(["alice", "bob", "charlie"])), NOW + HOUR);
    expect(read.shifts(NOW - 30 * DAY, NOW + 90 * DAY)).toEqual(planned);
  });

  test("keeps the overrides of the policy that have ended, and puts new ones in force at once", () => {
    const people = weekly(["alice", "bob", "charlie"]);
    const dana = (from: number, until: number) => ({
      person: "dana",
      from: new Date(from).toISOString(),
      until: new Date(until).toISOString(),
    });
    const read = new ReadPolicies(policyOf({ ...people, overrides: [dana(NOW - DAY, NOW - HOUR)] }));
    read.read(policyOf({ ...people, overrides: [dana(NOW, NOW + HOUR)] }), NOW);
    expect([NOW - DAY, NOW - HOUR, NOW, NOW + HOUR].map((at) => read.onCall(at))).toEqual([
      "dana",
      "bob",
      "dana",
      "bob",
    ]);
  });

  test("is not new when it is read again", () => {
    const read = new ReadPolicies(policyOf(weekly(ALL)));
    const { versions } = read;
    expect(read.read(policyOf(weekly(ALL)), NOW)).toEqual([]);
    expect(read.versions).toEqual(versions);
  });

  test("whose schedule is taken away has no one, and what was before stays known", () => {
    const read = new ReadPolicies(policyOf(weekly(ALL)));
    const gone = aPolicy({ people: { alice: {} } });
    read.read(gone, NOW);
    expect(read.onCall(NOW)).toBeNull();
    read.read(policyOf(weekly(["dana"])), NOW + DAY);
    expect([NOW - 1, NOW, NOW + DAY].map((at) => read.onCall(at))).toEqual(["bob", null, "dana"]);
  });

  const layer = fc.record(
    {
      people: fc.uniqueArray(fc.constantFrom(...ALL), { minLength: 1 }),
      shift: fc.constantFrom("daily", "weekly", "3d", "8h"),
      handoff: fc.constantFrom("00:00", "09:00", "02:30"),
      from: fc.constantFrom("2026-01-05", "2026-10-01", "2026-11-20"),
      until: fc.constantFrom("2026-11-14", "2027-03-01"),
      only: fc.constant([{ days: ["monday", "thursday", "friday"], from: "18:00", to: "08:00" }]),
    },
    { requiredKeys: ["people", "shift", "handoff", "from"] },
  );
  const schedule = fc.record(
    {
      timezone: fc.constantFrom("UTC", "Europe/Berlin", "America/New_York"),
      layers: fc.array(layer, { minLength: 1, maxLength: 3 }),
      backup: fc.constantFrom("next", "none"),
    },
    { requiredKeys: ["layers"] },
  );
  const edit = fc.record({
    schedule,
    after: fc.integer({ min: 0, max: 12 * DAY }),
    gone: fc.constantFrom("none", "bob", "charlie"),
  });
  const without = (gone: string, { layers, ...rest }: { layers: readonly { people: readonly string[] }[] }): Policy =>
    policyOf(
      {
        ...rest,
        layers: layers.map((each) => ({ ...each, people: ["dana", ...each.people].filter((id) => id !== gone) })),
      },
      ALL.filter((id) => id !== gone),
    );

  test("never changes the past, keeps the person who has the turn, and is whole from the hand-off on", () => {
    fc.assert(
      fc.property(schedule, fc.array(edit, { minLength: 1, maxLength: 4 }), (first, edits) => {
        const read = new ReadPolicies(policyOf(first));
        let now = instantOf("2026-10-20T00:00:00Z");
        for (const { schedule: next, after, gone } of edits) {
          now += after;
          const [past, onCall] = [read.shifts(now - 30 * DAY, now), read.onCall(now)];
          const before = read.shifts(now, now + 30 * DAY);
          read.read(without(gone, next), now);
          expect(read.shifts(now - 30 * DAY, now)).toEqual(past);
          const { from } = read.versions.find(({ until }) => until === null)!;
          const alone = new ReadPolicies(without(gone, next));
          const whole = Math.max(from, now);
          expect(read.shifts(whole, whole + 20 * DAY)).toEqual(alone.shifts(whole, whole + 20 * DAY));
          if (onCall === null || onCall === gone) expect(from).toBeLessThanOrEqual(now);
          if (onCall === null || onCall === gone) continue;
          expect(read.onCall(now)).toBe(onCall);
          expect(from).toBeLessThanOrEqual(before[0]!.to);
          expect(from === now || read.onCall(from - 1) === onCall).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });
});
