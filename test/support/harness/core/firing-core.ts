import { aDelivery, anObservation } from "#test/support/builders/alerts.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { CoreHarness } from "./core-harness.ts";

/** A delivery with one alert of the order service. */
export function orderServiceDelivery(severity: string) {
  return aDelivery({ alerts: [anObservation({ labels: { alertname: "Down", service: "order-service", severity } })] });
}

/** A world in which the order service has just begun to fire. */
export function firingCore(severity: string, file: unknown = STAFFED_POLICY): CoreHarness {
  const world = new CoreHarness(aPolicy(file));
  world.receives(orderServiceDelivery(severity));
  return world;
}
