import { describe, expect, test } from "vitest";
import { classifyAlert, resolveRoute, resolveTeam } from "#domain/alerting/routing.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { NOW } from "#test/support/builders/instants.ts";

const policy = aPolicy({
  ...STAFFED_POLICY,
  services: { ...STAFFED_POLICY.services, "payment-service": { match: ['namespace="pay"'] } },
});

describe("the service of an alert", () => {
  test.each([
    {
      labels: { service: "order-service", job: "node" },
      service: "order-service",
      named: true,
      reason: 'label service="order-service"',
    },
    { labels: { job: "billing" }, service: "billing", named: false, reason: 'label job="billing"' },
    { labels: { service: " ", job: "billing" }, service: "billing", named: false, reason: 'label job="billing"' },
    { labels: { job: "order-service" }, service: "order-service", named: true, reason: 'label job="order-service"' },
    {
      labels: { namespace: "pay" },
      service: "payment-service",
      named: true,
      reason: 'policy: services.payment-service matches namespace="pay"',
    },
    {
      labels: { namespace: "pay", job: "billing" },
      service: "payment-service",
      named: true,
      reason: 'policy: services.payment-service matches namespace="pay"',
    },
    {
      labels: { namespace: "pay", job: "kube-state-metrics" },
      service: "payment-service",
      named: true,
      reason: 'policy: services.payment-service matches namespace="pay" (job="kube-state-metrics" is an exporter)',
    },
    {
      labels: { service: "prometheus-node-exporter", job: "node-exporter" },
      service: null,
      named: false,
      reason:
        'no service of the policy that matches (service="prometheus-node-exporter" is an exporter, job="node-exporter" is an exporter)',
    },
    {
      labels: { service: "kubelet", job: "billing" },
      service: "billing",
      named: false,
      reason: 'label job="billing" (service="kubelet" is an exporter)',
    },
    {
      labels: { alertname: "X" },
      service: null,
      named: false,
      reason: "no label service or job, and no service of the policy matches",
    },
  ])("with $labels is $service, since $reason", ({ labels, service, named, reason }) => {
    const found = resolveTeam(policy, labels);
    expect(found).toMatchObject({ service, named });
    expect(found.reason).toContain(`service from ${reason}; team from`);
  });

  test("is an exporter when the policy has a service of that name", () => {
    const own = aPolicy({ ...STAFFED_POLICY, services: { cadvisor: { team: "orders" } } });
    expect(resolveTeam(own, { job: "cadvisor" })).toMatchObject({ service: "cadvisor", team: "orders", named: true });
    expect(resolveTeam(policy, { job: "cadvisor" })).toMatchObject({ service: null, named: false });
    expect(resolveTeam(aPolicy({ exporters: [] }), { job: "cadvisor" })).toMatchObject({ service: "cadvisor" });
  });
});

describe("a route", () => {
  test("of a known service has its team, people and links, and a reason", () => {
    expect(resolveRoute({ policy, overrides: [] }, { service: "order-service", team: "payments" }, NOW)).toEqual({
      service: "order-service",
      team: "orders",
      reason: 'service from label service="order-service"; team from services.order-service.team',
      channel: "team-orders",
      members: [
        { id: "alice", name: "Alice", chatId: "U0ALICE01", email: null },
        { id: "bob", name: "Bob", chatId: "U0BOB0001", email: "bob@example.com" },
      ],
      oncall: [{ id: "alice", name: "Alice", chatId: "U0ALICE01", email: null }],
      escalation: [
        [{ id: "mia", name: "Mia", chatId: null, email: null }],
        [{ id: "vic", name: "vic", chatId: null, email: null }],
      ],
      ladder: [
        {
          name: "mia",
          targets: [{ kind: "person", person: { id: "mia", name: "Mia", chatId: null, email: null } }],
          after: null,
        },
        {
          name: "vic",
          targets: [{ kind: "person", person: { id: "vic", name: "vic", chatId: null, email: null } }],
          after: null,
        },
      ],
      everyone: [
        { id: "alice", name: "Alice", chatId: "U0ALICE01", email: null },
        { id: "bob", name: "Bob", chatId: "U0BOB0001", email: "bob@example.com" },
      ],
      dashboards: [{ title: "Orders", url: "https://grafana.example/d/orders" }],
      runbook: "https://runbooks.example/orders",
    });
  });

  test.each([
    {
      given: { defaultTeam: "orders" },
      labels: { service: "x", team: "payments" },
      team: "payments",
      why: 'label team="payments"',
    },
    {
      given: { defaultTeam: "orders" },
      labels: { service: "x", team: "unheard-of" },
      team: "orders",
      why: "defaultTeam",
    },
    { given: {}, labels: { service: "x" }, team: null, why: "no team in the policy" },
    { given: {}, labels: { service: "constructor", team: "toString" }, team: null, why: "no team in the policy" },
  ])("of $labels with $given goes to the team $team", ({ given, labels, team, why: reason }) => {
    const routed = resolveRoute({ policy: aPolicy({ ...STAFFED_POLICY, ...given }), overrides: [] }, labels, NOW);
    expect(routed.team).toBe(team);
    expect(routed.reason).toContain(`team from ${reason}`);
  });

  test("is made even when the policy names no one", () => {
    expect(resolveRoute({ policy: aPolicy(), overrides: [] }, {}, NOW)).toMatchObject({
      service: null,
      team: null,
      channel: null,
      members: [],
      oncall: [],
      everyone: [],
      runbook: null,
    });
  });
});

describe("a rule of severity about a service", () => {
  const ruled = aPolicy({
    ...STAFFED_POLICY,
    services: { ...STAFFED_POLICY.services, "payment-service": { match: ['namespace="pay"'] } },
    severity: [{ match: ['service="payment-service"'], priority: "P0", because: "payments are the money" }],
  });
  test.each([
    ["by its label", { service: "payment-service" }, "P0"],
    ["that the policy finds by other labels", { namespace: "pay", severity: "P3" }, "P0"],
    ["that is not the alert's", { namespace: "pay", service: "order-service", severity: "P3" }, "P3"],
    ["while the alert has none", { severity: "P3" }, "P3"],
  ])("fits an alert of a service %s", (_, labels, priority) => {
    expect(classifyAlert(ruled, labels).priority).toBe(priority);
  });
});
