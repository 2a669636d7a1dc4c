import { expect } from "vitest";
import type { MusterProcess } from "#test/support/harness/processes/muster-process.ts";
import type { AlertSender, TestAlert } from "#test/support/harness/processes/alert-sender.ts";
import { readIncidents, waitUntilSettled, type LiveSetup } from "#test/support/harness/processes/live-setup.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

/** A P1 that has to page at once. */
export const CHECKOUT_OUTAGE: TestAlert = { name: "CheckoutDown", severity: "P1", service: "checkout" };
/** P3 alerts of 50 services. */
export const stormOf = (size: number): TestAlert[] =>
  Array.from({ length: size }, (_, i): TestAlert => ({
    name: `Disk${i}Full`,
    severity: "P3",
    service: `disk-${i % 50}`,
  }));

/** Sends alerts five in a delivery, eight deliveries at a time; calls `half` when half of them are taken. Answers every status it saw. */
export async function pourAlerts(
  sender: AlertSender,
  alerts: readonly TestAlert[],
  half: () => Promise<void>,
): Promise<number[]> {
  const deliveries = Array.from({ length: Math.ceil(alerts.length / 5) }, (_, i) => alerts.slice(i * 5, i * 5 + 5));
  const statuses: number[] = [];
  let taken = 0;
  const halfway: Promise<void>[] = [];
  const lane = async (): Promise<void> => {
    for (let next = deliveries.shift(); next !== undefined; next = deliveries.shift()) {
      statuses.push(...(await sender.fire(...next)));
      taken += next.length;
      if (halfway.length === 0 && taken * 2 >= alerts.length) halfway.push(half());
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  await Promise.all(halfway);
  return statuses;
}

/** Every alert is known, in incidents whose numbers have no gap. */
export async function expectNothingLost(muster: MusterProcess, alerts: number, expected: number): Promise<void> {
  await waitFor(
    async () => ((await muster.api("/api/alerts?status=firing&limit=500"))["alerts"] as object[]).length === alerts,
    {
      what: `${alerts} alerts`,
      timeoutMs: 30_000,
      everyMs: 100,
    },
  );
  await waitUntilSettled(muster, 30_000);
  const all = await readIncidents(muster);
  expect(all.map(({ id }) => Number(id.slice(4))).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: expected }, (_, i) => i + 1),
  );
  expect(all.reduce((sum, { alerts: { total } }) => sum + total, 0)).toBe(alerts);
}

/** The page arrives soon, and the channel too. */
export async function expectPagedSoon(stage: LiveSetup, since: number, withinMs: number): Promise<void> {
  await waitFor(() => stage.pager.woken().length > 0, { what: "the page" });
  expect(stage.pager.woken()).toMatchObject([{ priority: "P1", incident: expect.stringMatching(/^INC-/) }]);
  expect(stage.pager.woken()[0]!.at - since).toBeLessThan(withinMs);
}

export async function numberOfP1(muster: MusterProcess): Promise<number> {
  return Number((await readIncidents(muster)).find(({ priority }) => priority === "P1")?.id.slice(4));
}
