import { relabeledAlert, SIM_ALERTS, SIM_PEOPLE, SIM_TEAMS } from "../world/sim-policy.ts";
import { describeAlert, pick, type Act } from "./act.ts";

/** What alerts and those who send them do, and who silences them. */
export const ALERT_ACTS = {
  fire: {
    weight: 14,
    perform: (world, a) => {
      const alert = pick(SIM_ALERTS, a)!;
      return world.source.fires(alert) ? `${describeAlert(alert.id)} fires` : null;
    },
  },
  clear: {
    weight: 6,
    perform: (world, a) => {
      const alert = pick(world.source.firing(), a);
      if (alert === undefined) return null;
      world.source.clears(alert);
      return `${describeAlert(alert.id)} resolves`;
    },
  },
  endWrongly: {
    weight: 2,
    perform: (world, a) => {
      const alert = pick(world.source.firing(), a);
      if (alert === undefined) return null;
      world.source.endsWrongly(alert);
      return `a peer reports that ${describeAlert(alert.id)} resolved, and it fires on`;
    },
  },
  relabel: {
    weight: 3,
    perform: (world, a, b) => {
      const alert = pick(world.source.firing(), a);
      if (alert === undefined) return null;
      const priority = pick(["P4", "P0", "P2", "P1"] as const, b)!;
      const team = b % 3 === 0 ? pick(SIM_TEAMS, a + b)! : alert.team;
      return world.source.relabels(alert, relabeledAlert(alert, priority, team))
        ? `${describeAlert(alert.id)} is ${priority} of team ${team} from now on`
        : null;
    },
  },
  again: {
    weight: 3,
    perform: (world, a) => {
      const delivery = pick(world.source.sent, world.source.sent.length - 1 - (a % 3));
      if (delivery === undefined) return null;
      world.delivers({ body: delivery });
      return "a peer sends an earlier delivery once more";
    },
  },
  repeat: {
    weight: 2,
    perform: (world) => (world.source.repeatsAll() ? "the source sends what fires once more" : null),
  },
  storm: {
    weight: 1,
    perform: (world, a) => {
      const alerts = SIM_ALERTS.filter(({ id }) => id % 3 === a % 3).filter((alert) => world.source.fires(alert));
      return alerts.length === 0 ? null : `${alerts.length} alerts fire at once`;
    },
  },
  fireBesideBad: {
    weight: 2,
    perform: (world, a, b) => {
      const alert = pick(SIM_ALERTS, a)!;
      world.source.firesWrongly(alert, { bad: b });
      return `${describeAlert(alert.id)} fires, in a delivery with a part that is no alert`;
    },
  },
  fireRefused: {
    weight: 2,
    perform: (world, a, b) => {
      const alert = pick(SIM_ALERTS, a)!;
      const refusal = pick([400, 401, 413, 415] as const, b)!;
      world.source.firesWrongly(alert, { refusal });
      return `${describeAlert(alert.id)} fires, in a delivery that is answered ${refusal}`;
    },
  },
  silence: {
    weight: 1,
    perform: (world, a, b) => world.silences(pick(SIM_ALERTS, a)!, pick(SIM_PEOPLE, b)!),
  },
} as const satisfies Readonly<Record<string, Act>>;
