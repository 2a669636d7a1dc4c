import type { AlertObservation } from "#domain/values/delivery.ts";
import { aDelivery, anObservation } from "#test/support/builders/alert-builders.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { CoreHarness } from "./core-harness.ts";

/** A delivery with one alert of the order service. */
export function orderServiceDelivery(severity: string, overrides: Partial<AlertObservation> = {}) {
  const labels = { alertname: "Down", service: "order-service", severity };
  return aDelivery({ alerts: [anObservation({ labels, ...overrides })] });
}

/** A core in which the order service has just begun to fire. */
export function firingCore(severity = "P1", file: unknown = STAFFED_POLICY): CoreHarness {
  const core = new CoreHarness(aPolicy(file));
  core.receives(orderServiceDelivery(severity));
  return core;
}
