import { anObservation } from "./alert-builders.ts";
import { NOW } from "./instants.ts";
import { STAFFED_POLICY } from "./policies.ts";

/** One incident for all alerts of a name, whichever team they belong to. */
export const TWO_TEAM_POLICY = {
  ...STAFFED_POLICY,
  grouping: { by: ["alertname"] },
  services: { "order-service": { team: "orders" }, "payment-service": { team: "payments" } },
  priorities: { P1: { commandWithin: null } },
};

/** An alert of a service of one of them. */
export const alertOfService = (service: string, severity = "P1", startsAt = NOW) =>
  anObservation({ fingerprint: `${service} ${startsAt}`, startsAt, labels: { alertname: "Down", service, severity } });
