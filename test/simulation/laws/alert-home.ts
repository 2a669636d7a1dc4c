import { followMerges } from "#domain/alerting/alerting-memory.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { fingerprintOf, type SimAlert } from "../world/sim-policy.ts";
import type { SimWorld } from "../world/sim-world.ts";

/** The incident that an alert is with; null when it is with none. */
export function homeOf(world: SimWorld, alert: SimAlert): Incident | null {
  const number = world.store.findAlert("alertmanager", fingerprintOf(alert))?.incident ?? null;
  return number === null
    ? null
    : followMerges(world.store.findIncident(number), (each) => world.store.findIncident(each));
}
