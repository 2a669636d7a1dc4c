import { aDelivery, anObservation, aPolicy, STAFFED } from "./builders.ts";
import { World } from "./world.ts";

/** A delivery with one alert of the order service. */
export function deliveryOf(severity: string) {
  return aDelivery({ alerts: [anObservation({ labels: { alertname: "Down", service: "order-service", severity } })] });
}

/** A world in which the order service has just begun to fire. */
export function firing(severity: string, file: unknown = STAFFED): World {
  const world = new World(aPolicy(file));
  world.receives(deliveryOf(severity));
  return world;
}
