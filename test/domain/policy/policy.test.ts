import { describe, expect, test } from "vitest";
import { DEFAULT_POLICY } from "#domain/policy/policy.ts";
import { PolicyFile } from "#config/vendor-lists.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE } from "#test/support/builders/instants.ts";

function faults(file: unknown): string[] {
  const parsed = PolicyFile.safeParse(file);
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("the policy of an empty file", () => {
  test.each([
    {
      priority: "P0",
      sev: "SEV-1",
      page: "all",
      escalateAfter: 10 * MINUTE,
      channel: true,
      notify: "team",
      ticket: "never",
    },
    {
      priority: "P1",
      sev: "SEV-2",
      page: "oncall",
      escalateAfter: 10 * MINUTE,
      channel: true,
      notify: "team",
      ticket: "never",
    },
    {
      priority: "P2",
      sev: "SEV-2",
      page: "oncall",
      escalateAfter: 30 * MINUTE,
      channel: true,
      notify: "team",
      ticket: 20 * MINUTE,
    },
    {
      priority: "P3",
      sev: "SEV-3",
      page: "none",
      escalateAfter: null,
      channel: false,
      notify: "team",
      ticket: "at-once",
    },
    {
      priority: "P4",
      sev: "SEV-4",
      page: "none",
      escalateAfter: null,
      channel: false,
      notify: "digest",
      ticket: "never",
    },
  ] as const)(
    "treats $priority as the tiered alerting table does: $sev, pages $page, ticket $ticket",
    ({ priority, ...plan }) => {
      expect(DEFAULT_POLICY.priorities[priority]).toMatchObject(plan);
    },
  );

  test("groups by service and alert, reopens within half an hour, and pages no one twice in 15 minutes", () => {
    expect(DEFAULT_POLICY.grouping).toEqual({
      by: ["service", "alertname"],
      related: 30 * MINUTE,
      reopen: 30 * MINUTE,
      repage: 15 * MINUTE,
    });
  });

  test("counts an unknown severity as P2", () => {
    expect(DEFAULT_POLICY.unknownSeverity).toBe("P2");
  });
});

describe("a policy file", () => {
  test("changes the keys it has and keeps the defaults for others", () => {
    const { P2, P1 } = aPolicy({ priorities: { P2: { escalateAfter: "1h30m", ticket: "never" } } }).priorities;
    expect(P2).toEqual({ ...DEFAULT_POLICY.priorities.P2, escalateAfter: 90 * MINUTE, ticket: "never" });
    expect(P1).toEqual(DEFAULT_POLICY.priorities.P1);
  });

  test("can turn off a duration with null", () => {
    const policy = aPolicy({
      priorities: { P0: { quiet: null, escalateAfter: null } },
      grouping: { related: null },
      archiveAfter: null,
    });
    expect([
      policy.priorities.P0.quiet,
      policy.priorities.P0.escalateAfter,
      policy.grouping.related,
      policy.archiveAfter,
    ]).toEqual([null, null, null, null]);
  });

  test("writes durations as people do", () => {
    expect(aPolicy({ grouping: { reopen: "4h" } }).grouping.reopen).toBe(4 * HOUR);
  });

  test.each([
    { file: { prioritys: {} }, says: ': Unrecognized key: "prioritys"' },
    { file: { priorities: { P0: { pages: "all" } } }, says: 'priorities.P0: Unrecognized key: "pages"' },
    { file: { priorities: { P5: {} } }, says: 'priorities: Unrecognized key: "P5"' },
    {
      file: { priorities: { P1: { escalateAfter: "10" } } },
      says: 'priorities.P1.escalateAfter: "10" is no duration; write it like 90s, 10m or 4h',
    },
    {
      file: { severity: [{ match: ["service"], priority: "P0" }] },
      says: 'severity.0.match: "service" is no matcher; write it like service="checkout" or severity=~"critical|page"',
    },
    { file: { defaultTeam: "sre" }, says: 'defaultTeam: no team called "sre" under teams' },
    {
      file: { services: { checkout: { team: "orders" } } },
      says: 'services.checkout.team: no team called "orders" under teams',
    },
    {
      file: { services: { checkout: { team: "constructor" } } },
      says: 'services.checkout.team: no team called "constructor" under teams',
    },
    {
      file: { teams: { orders: { members: ["eve"] } } },
      says: 'teams.orders.members.0: no one called "eve" under people',
    },
    {
      file: { teams: { orders: { oncall: ["toString"] } } },
      says: 'teams.orders.oncall.0: no one called "toString" under people',
    },
    {
      file: { people: { a: {} }, teams: { orders: { escalation: [["a"], ["a", "eve"]] } } },
      says: 'teams.orders.escalation.1.1: no one called "eve" under people',
    },
    {
      file: { people: { alice: { slack: "@alice" } } },
      says: "people.alice.slack: expected a Slack member id such as U012AB3CD",
    },
    {
      file: { services: { x: { runbook: "javascript:alert(1)" } } },
      says: "services.x.runbook: expected a URL that starts with http:// or https://",
    },
    { file: { digest: { at: "9:00" } }, says: "digest.at: expected HH:MM in UTC" },
  ])("with $file is refused, naming the place: $says", ({ file, says }) => {
    expect(faults(file)).toContain(says);
  });

  test("reports all of its faults at once", () => {
    expect(
      faults({
        defaultTeam: "sre",
        services: { a: { team: "x" } },
        teams: { t: { members: ["eve"], oncall: ["eve"] } },
      }),
    ).toHaveLength(4);
  });
});
