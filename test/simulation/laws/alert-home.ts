import { followMerges } from "#domain/alerting/alerting-memory.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { SimAlert } from "../world/sim-policy.ts";
import type { SimWorld } from "../world/sim-world.ts";

/** The incident that an alert is with; null when it is with none. */
export function homeOf(world: SimWorld, { labels }: SimAlert): Incident | null {
  for (const alert of world.store.alerts.values())
    if (Object.entries(labels).every(([name, value]) => alert.labels[name] === value))
      return alert.incident === null
        ? null
        : followMerges(world.store.findIncident(alert.incident), (number) => world.store.findIncident(number));
  return null;
}
