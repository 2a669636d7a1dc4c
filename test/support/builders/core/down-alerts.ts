import type { SingleCommand } from "#domain/commands/command-registry.ts";
import { aDelivery, anObservation } from "#test/support/builders/alert-builders.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { CoreHarness } from "#test/support/harness/core.ts";
import type { AlertObservation } from "#domain/deliveries/delivery.ts";

/** The alert Down of the order service, as it is seen firing. */
export const downAlert = (severity = "P0", fingerprint = "one"): AlertObservation =>
  anObservation({ fingerprint, labels: { alertname: "Down", service: "order-service", severity } });

/** The core, which has just received alerts called Down. */
export function coreOfDown(
  severity = "P0",
  policy: object = {},
  fingerprints: readonly string[] = ["one"],
): CoreHarness {
  const world = new CoreHarness(aPolicy({ ...STAFFED_POLICY, ...policy }));
  world.receives(aDelivery({ alerts: fingerprints.map((each) => downAlert(severity, each)) }));
  return world;
}

/** The source reports again that Down fires. */
export const repeatDown = (world: CoreHarness, severity = "P0"): void =>
  world.receives(aDelivery({ alerts: [downAlert(severity)] }));

/** The source reports that one of them has stopped. */
export const resolveDown = (world: CoreHarness, fingerprint = "one"): void =>
  world.receives(aDelivery({ alerts: [{ ...downAlert("P0", fingerprint), status: "resolved", endsAt: world.now }] }));

/** The reason of a person who ends the incident while its alert fires. */
export const RESOLVE_INCIDENT: SingleCommand = { type: "incident.resolve", reason: "fixed, I think" };
