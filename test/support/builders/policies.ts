import { PolicyFile } from "#config/vendor-lists.ts";
import type { Policy } from "#domain/policy/policy.ts";

/** A team of three with an escalation policy of two, and one service. */
export const STAFFED_POLICY = {
  people: {
    alice: { name: "Alice", slack: "U0ALICE01" },
    bob: { name: "Bob", slack: "U0BOB0001", email: "bob@example.com" },
    mia: { name: "Mia" },
    vic: {},
  },
  teams: {
    orders: { channel: "team-orders", members: ["alice", "bob"], oncall: ["alice"], escalation: [["mia"], ["vic"]] },
    payments: { oncall: ["bob"] },
  },
  services: {
    "order-service": {
      team: "orders",
      dashboards: [{ title: "Orders", url: "https://grafana.example/d/orders" }],
      runbook: "https://runbooks.example/orders",
    },
  },
};

export function aPolicy(file: unknown = {}): Policy {
  return PolicyFile.parse(file);
}
