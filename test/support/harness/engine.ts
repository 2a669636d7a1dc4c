/**
 * The engine on the embedded database, with fakes for all that is outside: order, idempotence, retries, faults. A test
 * file opens one and empties it before each test. Lanes move when `settles` or `passes` is called, never by themselves.
 *
 *     const rig = await EngineHarness.open(); // beforeAll; rig.reset() before each test, rig.close() at the end
 *     await rig.fires({ service: "order-service", severity: "P1" });
 *     await rig.does({ type: "incident.acknowledge" });
 *     await rig.passes(5 * MINUTE);
 *     expect((await rig.incident()).status).toBe("acknowledged");
 *     expect(rig.paging.triggered).toHaveLength(1);
 *
 * Runbooks: `rig.automation.shelve([text])`, `.fires()`, `.approves()`, `.run()`.
 */
export { EngineHarness } from "./engine/engine-harness.ts";
export { HIGH_LATENCY } from "./engine/engine-automation.ts";
export { serviceFires, serviceRecovers } from "./engine/service-alerts.ts";
