import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import type { EngineHarness } from "./engine-harness.ts";

/** Which alert of which service; by default a P1 of order-service called Down. */
type ServiceAlert = {
  readonly service?: string;
  readonly severity?: string;
  readonly alertname?: string;
  readonly instance?: string;
};

const DOWN = { service: "order-service", severity: "P1", alertname: "Down" };

/** It fires since `startsAt`, else since now, and all that follows at once is done. */
export function serviceFires(
  rig: EngineHarness,
  { startsAt = rig.now, ...labels }: ServiceAlert & { readonly startsAt?: number } = {},
): Promise<void> {
  return rig.fires({ ...DOWN, ...labels }, { startsAt, summary: "down" });
}

/** It is reported as resolved now, and all that follows at once is done. */
export async function serviceRecovers(rig: EngineHarness, labels: ServiceAlert = {}): Promise<void> {
  await rig.receives(
    deliveryOf([alertOf({ ...DOWN, ...labels }, { startsAt: rig.now, endsAt: rig.now, summary: "down" })]),
  );
  await rig.settles();
}
