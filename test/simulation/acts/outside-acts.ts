import { HOUR_MS } from "#domain/values/duration.ts";
import { SIM_PEOPLE } from "../world/sim-policy.ts";
import { pick, type Act } from "./act.ts";

const ORDERS = [
  ["alice", "bob", "charlie"],
  ["bob", "dana"],
  ["alice", "bob"],
  ["dana", "alice", "bob"],
];

/** What the pager, the chat and whoever runs Muster do. */
export const OUTSIDE_ACTS = {
  pagerAck: {
    weight: 5,
    perform: (world, a, b) => {
      const alarm = pick(world.pager.open(), a);
      return alarm === undefined ? null : `in the pager, ${world.pager.acknowledges(alarm, pick(SIM_PEOPLE, b)!)}`;
    },
  },
  pagerSnooze: {
    weight: 2,
    perform: (world, a, b) => {
      const alarm = pick(world.pager.unresolved(), a);
      const ms = [4 * HOUR_MS, HOUR_MS / 12][b % 2]!;
      return alarm === undefined ? null : `in the pager, ${world.pager.snoozes(alarm, ms, pick(SIM_PEOPLE, b)!)}`;
    },
  },
  pagerMerge: {
    weight: 2,
    perform: (world, a, b) => {
      const [from, into] = [pick(world.pager.unresolved(), a), pick(world.pager.unresolved(), a + 1 + b)];
      return from === undefined || into === undefined || from === into
        ? null
        : `in the pager, ${world.pager.merges(from, into, pick(SIM_PEOPLE, b)!)}`;
    },
  },
  pagerTimeout: {
    weight: 2,
    perform: (world, a) => {
      const alarm = pick(world.pager.acknowledged(), a);
      return alarm === undefined ? null : world.pager.timesOut(alarm);
    },
  },
  pagerAutoResolve: {
    weight: 2,
    perform: (world, a) => {
      const alarm = pick(world.pager.unresolved(), a);
      return alarm === undefined ? null : world.pager.resolvesByItself(alarm);
    },
  },
  pagerResolve: {
    weight: 1,
    perform: (world, a, b) => {
      const alarm = pick(world.pager.unresolved(), a);
      return alarm === undefined ? null : `in the pager, ${world.pager.resolves(alarm, pick(SIM_PEOPLE, b)!)}`;
    },
  },
  pagerTrouble: {
    weight: 3,
    perform: (world, a) => world.pager.changes((["up", "refuses", "down", "maintenance", "late"] as const)[a % 5]!),
  },
  chatTrouble: {
    weight: 2,
    perform: (world, a) => world.services.changesChat((["down", "up", "refuses", "late"] as const)[a % 4]!),
  },
  death: {
    weight: 2,
    perform: (world, a) => world.dies([1, 12, 45, 180][a % 4]!),
  },
  editRotation: {
    weight: 2,
    perform: (world, a) => {
      const rotation = pick(ORDERS, a)!;
      world.roster.edits({ rotation });
      return `the policy: ${rotation.join(", ")} take turns for search`;
    },
  },
  editTeams: {
    weight: 1,
    perform: (world, a) => {
      world.roster.edits(a % 2 === 0 ? { teamGone: a % 4 === 0 } : { swapped: a % 4 === 1 });
      return `the policy: ${["payments is deleted", "charlie is on call for checkout", "payments is there", "dana is on call for checkout"][a % 4]!}`;
    },
  },
} as const satisfies Readonly<Record<string, Act>>;
