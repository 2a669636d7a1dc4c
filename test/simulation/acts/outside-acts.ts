import { HOUR_MS } from "#domain/values/duration.ts";
import { SIM_PEOPLE, SIM_TEAMS, type PolicyEdits } from "../world/sim-policy.ts";
import { pick, type Act } from "./act.ts";

const ORDERS = [
  ["alice", "bob", "charlie"],
  ["bob", "dana"],
  ["alice", "bob"],
  ["dana", "alice", "bob"],
];

/** What is edited of teams, people and services. */
const TEAM_EDITS: readonly (readonly [words: string, change: Partial<PolicyEdits>])[] = [
  ["payments is deleted", { teamGone: true }],
  ["charlie is on call for checkout", { swapped: true }],
  ["payments is there", { teamGone: false }],
  ["dana is on call for checkout", { swapped: false, danaGone: false }],
  ["dana has left, and no one is on call for checkout", { swapped: false, danaGone: true }],
  ["checkout-web belongs to search", { handedOver: true }],
  ["checkout-web belongs to checkout", { handedOver: false }],
];

/** What the pager, the chat and the operators of Muster do. */
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
  pagerHolds: {
    weight: 2,
    perform: (world) => world.news.holds(),
  },
  pagerReleases: {
    weight: 2,
    perform: (world, a) => world.news.releases(a),
  },
  pagerOvertakes: {
    weight: 2,
    perform: (world, a, b) => {
      const alarm = pick(world.pager.open(), a);
      if (alarm === undefined || world.news.holds() === null) return null;
      world.pager.acknowledges(alarm, pick(SIM_PEOPLE, b)!);
      world.advance(1_000);
      // Muster may have closed it meanwhile.
      if (alarm.status === "acknowledged") world.pager.timesOut(alarm);
      return `in the pager, ${alarm.page} is acknowledged and times out; the timeout arrives first: ${world.news.releases(1)}`;
    },
  },
  editKeys: {
    weight: 2,
    perform: (world, a) => {
      const team = pick(SIM_TEAMS, a)!;
      world.pager.changesKey(team);
      return `${team} has another routing key`;
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
    perform(world, a, b) {
      const minutes = [1, 12, 45, 180][a % 4]!;
      if (b % 3 !== 0) return world.dies(minutes);
      const rotation = pick(ORDERS, b)!;
      const teamGone = b % 2 === 0;
      return `${world.dies(minutes, { rotation, teamGone })}; meanwhile the policy: ${rotation.join(", ")} take turns for search, payments is ${teamGone ? "deleted" : "there"}`;
    },
  },
  editRotation: {
    weight: 2,
    perform: (world, a) => {
      const rotation = pick(ORDERS, a)!;
      world.edits({ rotation });
      return `the policy: ${rotation.join(", ")} take turns for search`;
    },
  },
  editTeams: {
    weight: 2,
    perform: (world, a) => {
      const [words, change] = pick(TEAM_EDITS, a)!;
      world.edits(change);
      return `the policy: ${words}`;
    },
  },
} as const satisfies Readonly<Record<string, Act>>;
