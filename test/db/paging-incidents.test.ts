import { afterAll, beforeAll, expect, test } from "vitest";
import { digestOnlyIncidents, saveIncidents } from "#db/incidents.ts";
import { openPagingIncidents } from "#db/watch/firing-alerts.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { HOUR, NOW } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
afterAll(() => rig.close());

const { plan } = anIncident();

test("a text that PostgreSQL cannot take apart hides no incident from the audit, nor from the digest", async () => {
  const { db } = rig.connection;
  const odd = "\u0000 \ud800";
  const states = [
    anIncident({ number: 1, title: odd }),
    anIncident({ number: 2, plan: { ...plan, page: "none" } }),
    anIncident({ number: 3, title: odd, channelRequested: false, plan: { ...plan, page: "none", notify: "digest" } }),
    anIncident({ number: 4 }),
    anIncident({ number: 5, title: '"notify":"digest","channelRequested":false' }),
  ];
  await saveIncidents(
    db,
    states.map((state) => ({ uid: `u${state.number}`, state })),
  );
  const audited: number[] = [];
  for await (const page of openPagingIncidents(db)) audited.push(...page.map(({ state }) => state.number));
  expect(audited).toEqual([1, 4, 5]);
  const { count, incidents } = await digestOnlyIncidents(db, NOW - HOUR, NOW + HOUR, 10);
  expect([count, incidents.map(({ state }) => state.number)]).toEqual([1, [3]]);
});
