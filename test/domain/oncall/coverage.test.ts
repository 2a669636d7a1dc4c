import { expect, test } from "vitest";
import { coverageWarnings } from "#domain/oncall/coverage.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { NOW } from "#test/support/builders/instants.ts";

const SLACK = { title: "Slack", personKey: "slack" };
const people = { alice: { slack: "U0ALICE01" }, bob: { email: "bob@example.com" }, ghost: {} };
const good = {
  people: { alice: people.alice, carol: { slack: "U0CAROL01" } },
  schedules: { orders: { layers: [{ people: ["alice", "carol"] }] } },
  teams: { orders: { channel: "team-orders", schedule: "orders" } },
};

test("reports nothing for a good policy", () => {
  expect(coverageWarnings(aPolicy(good), NOW, SLACK)).toEqual([]);
  expect(coverageWarnings(aPolicy(), NOW, SLACK).join()).toContain("there are none, so no one is on call");
});

test.each([
  {
    file: { ...good, schedules: { orders: { layers: [{ people: ["alice"], from: "2026-12-01" }] } } },
    says: "schedules.orders: no one is on call from 2026-11-21 14:32:00 UTC to 2026-12-01 09:00:00 UTC; add a layer",
  },
  {
    file: {
      ...good,
      schedules: {
        orders: { layers: [{ people: ["alice"], only: [{ days: ["monday"], from: "09:00", to: "17:00" }] }] },
      },
    },
    says: /no one is on call from .*, and 1\d more times in the next 90 days/,
  },
  {
    file: { ...good, schedules: { ...good.schedules, spare: { layers: [{ people: ["alice"] }] } } },
    says: "schedules.spare: no team has it",
  },
  {
    file: { teams: { orders: { channel: "c" } } },
    says: "teams.orders: no one is on call; give it a schedule, oncall people, or a pagerduty key",
  },
  {
    file: { people, teams: { orders: { channel: "c", oncall: ["alice"] } } },
    says: "teams.orders: no one is paged when its on-call people do not answer",
  },
  {
    file: { people, teams: { orders: { oncall: ["alice"], escalation: [["backup"]] } } },
    says: "teams.orders: it has no channel",
  },
  {
    file: { people, teams: { orders: { channel: "c", oncall: ["ghost"], escalation: [["alice"]] } } },
    says: "people.ghost: they are paged and there is no way to reach them",
  },
  {
    file: {
      people,
      teams: { orders: { channel: "c", oncall: ["alice"], members: ["ghost"], escalation: [["team"]] } },
    },
    says: "people.ghost: they are paged and there is no way to reach them",
  },
  {
    file: {
      people,
      teams: {
        orders: { channel: "c", oncall: ["alice"], escalation: [["team/leads"]] },
        leads: { channel: "c", oncall: ["alice"], members: ["ghost"], escalation: [["alice"]] },
      },
    },
    says: "people.ghost: they are paged and there is no way to reach them",
  },
  {
    file: { people, teams: { orders: { channel: "c", oncall: ["alice"], escalation: [["bob"]] } } },
    says: "people.bob: only their e-mail address or phone is known",
  },
])("reports: $says", ({ file, says }) => {
  expect(coverageWarnings(aPolicy(file), NOW, SLACK).join("\n")).toMatch(says);
});

test("a schedule that the pager keeps is not looked at for holes", () => {
  expect(coverageWarnings(aPolicy({ ...good, schedules: { orders: { pagerduty: "PSCHED1" } } }), NOW, SLACK)).toEqual(
    [],
  );
});

test.each([
  { teams: 20, warns: false },
  { teams: 21, warns: true },
])("warns when one P0 wakes everyone on call of $teams teams: $warns", ({ teams, warns }) => {
  const names = Array.from({ length: teams }, (_, n) => `p${n}`);
  const policy = {
    people: Object.fromEntries(names.map((name) => [name, { slack: `U0${name.toUpperCase()}` }])),
    teams: Object.fromEntries(names.map((name) => [name, { channel: "c", oncall: [name], escalation: [[name]] }])),
  };
  const found = (page: "all" | "oncall") =>
    coverageWarnings(aPolicy({ ...policy, priorities: { P0: { page } } }), NOW, SLACK);
  expect(found("all")).toEqual(
    warns ? [expect.stringContaining("priorities.P0.page: one P0 pages the 21 people who are on call now")] : [],
  );
  expect(found("oncall")).toEqual([]);
});
