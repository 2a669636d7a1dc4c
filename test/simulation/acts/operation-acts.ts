import { formatDuration, HOUR_MS, MINUTE_MS } from "#domain/values/duration.ts";
import { SIM_ALERTS, type MaintenanceWindow } from "../world/sim-policy.ts";
import type { SimWorld } from "../world/sim-world.ts";
import { pick, type Act } from "./act.ts";

/** By how much clocks are set, ms. */
const STEPS = [-2 * HOUR_MS, -10 * MINUTE_MS, HOUR_MS, 90_000, -90_000];

const inWords = (ms: number): string => `${ms < 0 ? "back" : "forward"} by ${formatDuration(Math.abs(ms))}`;

/** What happens to the machines that Muster runs on and to the monitoring system, and what operators plan. */
export const OPERATION_ACTS = {
  clockStep: {
    weight: 3,
    perform(world, a) {
      const ms = pick(STEPS, a)!;
      world.clock.steps(ms);
      return `the database's clock is set ${inWords(ms)}`;
    },
  },
  clockStepUnseen: {
    weight: 1,
    perform(world, a, b) {
      const ms = pick(STEPS, b)!;
      return `${world.dies([1, 12, 45][a % 3]!, {}, ms)}; meanwhile the database's clock was set ${inWords(ms)}`;
    },
  },
  clockOff: {
    weight: 2,
    perform(world, a, b) {
      const [minutes, off] = [[1, 12, 45][a % 3]!, [90_000, -90_000, 2 * HOUR_MS][b % 3]!];
      world.takesNothing(minutes, off);
      return `for ${minutes} minutes the clock of the process that works was ${off / 1000} s off`;
    },
  },
  maintenance: {
    weight: 2,
    perform(world, a, b) {
      const { alertname } = pick(SIM_ALERTS, a)!.labels;
      const window = windowOf(world, alertname!, b);
      world.edits(world.roster.withWindow(window));
      return `the policy: maintenance of ${alertname}, ${"hours" in window ? `each day from ${window.hours[0]} to ${window.hours[1]} h` : `for ${formatDuration(window.until - window.from)}`}`;
    },
  },
  watchdogStops: { weight: 1, perform: (world) => world.watchdog.sends(false) },
  watchdogReturns: { weight: 1, perform: (world) => world.watchdog.sends(true) },
  watchdogEnds: { weight: 1, perform: (world) => world.watchdog.ends() },
} as const satisfies Readonly<Record<string, Act>>;

function windowOf(world: SimWorld, alertname: string, b: number): MaintenanceWindow {
  const now = world.clock.now();
  if (b % 3 === 0) return { alertname, from: now, until: now + HOUR_MS };
  if (b % 3 === 1) return { alertname, from: now + 10 * MINUTE_MS, until: now + 2 * HOUR_MS };
  const hour = Math.floor(now / HOUR_MS) % 24;
  return { alertname, hours: hour < 23 ? [hour, hour + 1] : [0, 1] };
}
