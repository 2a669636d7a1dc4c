import type { SingleCommand } from "#domain/commands/command-registry.ts";
import { PRIORITIES } from "#domain/values/language.ts";
import type { SimWorld } from "./sim-world.ts";
import { SIM_ALERTS, SIM_PEOPLE, SIM_TEAMS } from "./sim-policy.ts";

/** One kind of thing that happens. `a` and `b` choose among what there is; 0 is the first, which a shrunk story uses. */
type Act = {
  readonly weight: number;
  /** Answers what happened, in words; null when there was nothing to do it to. */
  readonly perform: (world: SimWorld, a: number, b: number) => string | null;
};

const pick = <T>(list: readonly T[], n: number): T | undefined =>
  list.length === 0 ? undefined : list[n % list.length];
const personOf = ({ id, name }: { readonly id: string; readonly name: string }) => ({ id, name });

/** A person asks something of an open incident. */
function asks(weight: number, words: string, command: (a: number, b: number) => SingleCommand): Act {
  return {
    weight,
    perform: (world, a, b) => {
      const incident = pick(world.openIncidents(), a);
      const person = pick(SIM_PEOPLE, b)!;
      return incident === undefined
        ? null
        : `${person.name} on INC-${incident.number}: ${words} → ${world.asks(incident.number, command(a, b), person)}`;
    },
  };
}

export const ACTS = {
  fire: {
    weight: 14,
    perform: (world, a) => {
      const alert = pick(SIM_ALERTS, a)!;
      return world.source.fires(alert) ? `${describe(alert.id)} fires` : null;
    },
  },
  clear: {
    weight: 6,
    perform: (world, a) => {
      const alert = pick(world.source.firing(), a);
      if (alert === undefined) return null;
      world.source.clears(alert);
      return `${describe(alert.id)} resolves`;
    },
  },
  again: {
    weight: 3,
    perform: (world, a) => {
      const delivery = pick(world.source.sent, world.source.sent.length - 1 - (a % 3));
      if (delivery === undefined) return null;
      world.delivers(delivery);
      return "a peer sends an earlier delivery once more";
    },
  },
  repeat: {
    weight: 2,
    perform: (world) => (world.source.repeatsAll() ? "the source sends what fires once more" : null),
  },
  press: {
    weight: 10,
    perform: (world, a) => {
      const page = pick(world.openPages(), a);
      return page === undefined
        ? null
        : `${page.person.name} presses Acknowledge under the page of INC-${page.incident} → ${world.presses(page)}`;
    },
  },
  pagerAck: {
    weight: 5,
    perform: (world, a, b) => {
      const alarm = pick(world.pager.open(), a);
      return alarm === undefined ? null : `in the pager, ${world.pager.acknowledges(alarm, pick(SIM_PEOPLE, b)!)}`;
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
  pagerTrouble: {
    weight: 3,
    perform: (world, a) => world.pager.changes((["up", "refuses", "down", "maintenance"] as const)[a % 4]!),
  },
  chatTrouble: { weight: 2, perform: (world, a) => world.changesChat(a % 2 === 0) },
  death: {
    weight: 2,
    perform: (world, a) => world.dies([1, 12, 45, 180][a % 4]!),
  },
  mute: {
    weight: 1,
    perform: (world, a, b) => world.silences(pick(SIM_ALERTS, a)!, pick(SIM_PEOPLE, b)!),
  },
  ack: asks(5, "ack", () => ({ type: "incident.acknowledge" })),
  command: asks(4, "take command", () => ({ type: "role.claim", role: "commander" })),
  update: asks(2, "update", () => ({ type: "update.post", text: "We look into it.", audience: "internal" })),
  mitigate: asks(4, "mitigate", () => ({ type: "incident.mitigate" })),
  resolve: asks(4, "resolve with a reason", () => ({ type: "incident.resolve", reason: "fixed, I think" })),
  cancel: asks(1, "cancel", () => ({ type: "incident.cancel", reason: "false alarm" })),
  escalate: asks(2, "escalate", () => ({ type: "incident.escalate", reason: null })),
  priority: asks(2, "set priority", (a, b) => ({
    type: "incident.set_priority",
    priority: PRIORITIES[(a + b) % 3]!,
    reason: null,
  })),
  pagePerson: asks(3, "page a person", (a) => ({
    type: "incident.page",
    to: { kind: "person", person: personOf(pick(SIM_PEOPLE, a)!) },
    message: null,
  })),
  pageTeam: asks(3, "page a team", (_, b) => ({
    type: "incident.page",
    to: { kind: "team", team: pick(SIM_TEAMS, b)! },
    message: null,
  })),
  undo: asks(3, "undo", () => ({ type: "undo" })),
  merge: {
    weight: 2,
    perform: (world, a, b) => {
      const [from, into] = [pick(world.openIncidents(), a), pick(world.openIncidents(), a + 1)];
      return from === undefined || into === undefined || from === into
        ? null
        : world.merges(from.number, into.number, pick(SIM_PEOPLE, b)!);
    },
  },
  reopen: {
    weight: 1,
    perform: (world, a, b) => {
      const incident = pick(world.endedIncidents(), a);
      return incident === undefined
        ? null
        : `${pick(SIM_PEOPLE, b)!.name} reopens INC-${incident.number} → ${world.asks(incident.number, { type: "incident.reopen", reason: "again" }, pick(SIM_PEOPLE, b)!)}`;
    },
  },
} as const satisfies Readonly<Record<string, Act>>;

export type ActName = keyof typeof ACTS;

function describe(id: number): string {
  const { labels, priority, team } = SIM_ALERTS[id]!;
  return `${priority} ${labels["alertname"]} of ${labels["service"] ?? labels["job"]} (team ${team}, instance ${labels["instance"] ?? "-"})`;
}
