import type { AlertObservation } from "#domain/deliveries/delivery.ts";
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

/** The same, where Alice has taken command. */
export function commandedCore(): CoreHarness {
  const core = firingCore();
  core.does({ type: "role.claim", role: "commander" });
  return core;
}

/** A delivery of these alerts. */
export function deliveryOfAlerts(...alerts: readonly AlertObservation[]) {
  return aDelivery({ alerts });
}

/** The same alert, over since now. */
export function resolvedObservation(alert: AlertObservation, core: CoreHarness): AlertObservation {
  return { ...alert, status: "resolved", endsAt: core.now };
}

/** A core that one delivery has brought these alerts: by default the latency of the order service. */
export function coreWithAlerts(...alerts: readonly AlertObservation[]): CoreHarness {
  const core = new CoreHarness();
  core.receives(deliveryOfAlerts(...(alerts.length === 0 ? [anObservation()] : alerts)));
  return core;
}

/** The facts of what happens in `story`, and nothing of what came before. */
export function factsOf(core: CoreHarness, story: () => void): string[] {
  const before = core.events.length;
  story();
  return core.types().slice(before);
}
