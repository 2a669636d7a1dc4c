import { escalateWhenDue } from "#domain/paging/escalation.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { aContext } from "#test/support/builders/events.ts";
import { describe, expect, test } from "vitest";
import { nextPageText, unansweredText } from "#domain/paging/escalation-text.ts";
import { resolveNextPages } from "#domain/paging/next-step.ts";
import { plainWords } from "#domain/values/plain-words.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { CoreHarness, firingCore, orderServiceDelivery } from "#test/support/harness/core.ts";

const policy = aPolicy(STAFFED_POLICY);
const onSchedule = aPolicy({
  ...STAFFED_POLICY,
  schedules: { watch: { layers: [{ people: ["bob"], from: "2026-01-05" }] } },
  teams: { orders: { oncall: ["alice"], escalation: [["schedule/watch"]] } },
});

describe("who is paged next, as it is read", () => {
  test("is who is paged when the deadline comes, whatever was true when it was set", () => {
    const core = firingCore("P1", { ...STAFFED_POLICY, priorities: { P1: { commandWithin: null } } });
    core.does({ type: "incident.page", to: { kind: "team", team: "payments" }, message: null });
    core.passes(MINUTE);
    for (let step = 0; step < 12; step++) {
      const read = resolveNextPages(core.incident(), { policy, now: core.now });
      expect(read).toEqual(core.incident());
      const before = core.paged().length;
      core.passes(10 * MINUTE);
      const paged = core.paged().slice(before);
      for (const { next } of [read.escalation, read.teamEscalations["payments"]!])
        if (next !== null && next.at <= core.now && !next.to.startsWith("no one"))
          expect(paged.some((line) => line.endsWith(next.to))).toBe(true);
    }
  });

  test("follows an override that is made after the deadline was set, in the text, the answer and the state", () => {
    const core = new CoreHarness(onSchedule);
    core.receives(orderServiceDelivery("P1"));
    core.does({ type: "incident.page", to: { kind: "person", person: ALICE }, message: null }, BOB);
    const override = {
      schedule: "watch",
      person: "alice",
      from: NOW,
      until: NOW + 60 * MINUTE,
      source: "person",
    } as const;
    expect(core.incident().escalation.next).toMatchObject({ to: "Bob" });
    const ctx = { policy: onSchedule, now: core.now, overrides: [override] };
    const read = resolveNextPages(core.incident(), ctx);
    expect(read.escalation.next).toEqual({ ...core.incident().escalation.next, to: "Alice" });
    expect(plainWords(nextPageText(read)!)).toContain("pages Alice");
    expect(unansweredText(core.incident(), ctx)).toContain("next: Alice at");
  });

  test("does not count as paged when the step had no one and was passed", () => {
    const core = firingCore("P1", { ...STAFFED_POLICY, priorities: { P1: { commandWithin: null, repeat: 0 } } });
    const outcomes = (policyNow: Policy): string[] =>
      escalateWhenDue(
        { ...core.incident(), escalation: { ...core.incident().escalation, step: 9 } },
        core.now + 10 * MINUTE,
        aContext({ now: core.now + 10 * MINUTE, policy: policyNow, pagerChooses: () => false }),
      ).flatMap((fact) => (fact.type === "escalation.exhausted" ? [fact.data.reason.split(";")[0]!] : []));
    expect(outcomes(policy)).toEqual(["all 3 steps were paged once and no one acknowledged"]);
    const absent = { ...STAFFED_POLICY.teams, orders: { ...STAFFED_POLICY.teams.orders, oncall: [] } };
    expect(outcomes(aPolicy({ ...STAFFED_POLICY, teams: absent }))).toEqual([
      "all 2 steps were paged once and no one acknowledged",
    ]);
  });

  test("names no one who does not exist: no step has anyone and the pager chooses no one", () => {
    const core = firingCore("P1", { ...STAFFED_POLICY, services: {} });
    const read = resolveNextPages(core.incident(), { policy, now: core.now, pagerChooses: () => false });
    expect(read.escalation.next?.to).toBe("no one: no step is left");
  });
});
