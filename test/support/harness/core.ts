/**
 * The pure core with a clock that can be turned: rules, written as a short story. Nothing is stored and nothing is sent;
 * alerts, incidents, events, effects and timers are maps that a test may look into.
 *
 *     const core = firingCore("P1"); // an alert of the order service has just begun to fire
 *     core.passes(5 * MINUTE);
 *     core.does({ type: "incident.acknowledge" });
 *     expect(core.paged()).toEqual(["P1 Alice"]);
 *     expect(core.incident().status).toBe("acknowledged");
 */
export { CoreHarness } from "./core/core-harness.ts";
export {
  commandedCore,
  coreWithAlerts,
  deliveryOfAlerts,
  factsOf,
  firingCore,
  orderServiceDelivery,
  resolvedObservation,
} from "./core/firing-core.ts";
