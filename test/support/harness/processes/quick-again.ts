import { waitFor } from "#test/support/harness/wait-until.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { readMetric } from "./live-setup.ts";
import type { MusterClient } from "./muster-process.ts";

/** The queue works again: an alert is an incident before the sweep, which waits for a second, could have found it. */
export async function expectQuickAgain(muster: MusterClient): Promise<void> {
  let tries = 0;
  const quick = async (): Promise<boolean> => {
    const before = await readMetric(muster, "muster_incidents_open");
    const reportedAt = wallClock();
    await muster.fire({ name: "Probe", severity: "P3", service: `probe-${tries++}` });
    await waitFor(async () => (await readMetric(muster, "muster_incidents_open")) > before, {
      what: "the probe's incident",
    });
    return wallClock() - reportedAt < 900;
  };
  await waitFor(quick, { what: "the queue to be used again", timeoutMs: 30_000, everyMs: 200 });
}
