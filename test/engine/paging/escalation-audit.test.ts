import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { auditEscalations } from "#engine/paging/escalation-audit.ts";
import { HOUR, MINUTE } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterAll(() => rig.close());

const auditLooks = async (): Promise<number> => {
  const repaired = await auditEscalations(rig.engine, rig.submit);
  await rig.settles();
  return repaired;
};

describe("an unacknowledged incident without a deadline", () => {
  test("gets one, escalates, and the log reports the repair", async () => {
    await rig.opensIncident("P1");
    await rig.connection.pool.query("delete from timers");
    rig.now += 13 * MINUTE;
    expect(await auditLooks()).toBe(1);
    expect((await rig.incident()).escalation.next).toMatchObject({ to: "Mia", at: rig.now + 10 * MINUTE });
    await rig.passes(10 * MINUTE);
    expect(rig.paging.paged).toEqual(["P1 Alice", "P1 Mia"]);
    expect(rig.log.selfAlerts).toEqual([expect.stringContaining("had lost its escalation deadline")]);
    expect(rig.steps).toContainEqual({ step: "escalation.audited", repaired: 1 });
  });

  test("is repaired once by any number of audits", async () => {
    await rig.opensIncident("P1");
    await rig.connection.pool.query("delete from timers");
    rig.now += 13 * MINUTE;
    await Promise.all([auditEscalations(rig.engine, rig.submit), auditEscalations(rig.engine, rig.submit)]);
    await rig.settles();
    expect((await rig.eventTypes()).filter((type) => type === "escalation.armed")).toHaveLength(2);
    expect(await auditLooks()).toBe(0);
  });
});

test.each([
  ["whose deadline is there", "P1", (): Promise<void> => Promise.resolve()],
  ["that does not escalate", "P2", (): Promise<void> => rig.passes(HOUR)],
  ["that somebody has acknowledged", "P1", (): Promise<void> => rig.does({ type: "incident.acknowledge" })],
  ["whose ladder is used up", "P0", (): Promise<void> => rig.passes(5 * HOUR)],
])("an incident %s is left alone", async (_, severity, then) => {
  await rig.opensIncident(severity);
  await then();
  await rig.settles();
  expect(await auditLooks()).toBe(0);
});
