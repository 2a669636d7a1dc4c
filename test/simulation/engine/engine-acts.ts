import type { Incident } from "#domain/incident/incident.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import { isOpen } from "#domain/values/language.ts";
import { describeAlert, pick } from "../acts/act.ts";
import { SIM_ALERTS, SIM_PEOPLE } from "../world/sim-policy.ts";
import type { StoryWorld } from "./story-world.ts";
import type { DeathPlace } from "./vendor-moods.ts";

/** One kind of thing that happens. Answers what, in words; null when there was nothing to do it to. */
type EngineActDefinition = {
  readonly weight: number;
  readonly perform: (world: StoryWorld, a: number, b: number) => Promise<string | null>;
};

const DEATHS: readonly DeathPlace[] = ["before hearing", "before storing", "before asking", "before deciding"];

async function openIncidents({ rig }: StoryWorld): Promise<Incident[]> {
  return (await rig.incidents()).filter(({ status }) => isOpen(status));
}

/** A person asks something of an open incident. */
function asks(weight: number, words: string, command: IncidentCommand): EngineActDefinition {
  return {
    weight,
    perform: async (world, a, b) => {
      const [incident, person] = [pick(await openIncidents(world), a), pick(SIM_PEOPLE, b)!];
      if (incident === undefined) return null;
      await world.asks(incident.number, command, person);
      return `${person.name} on INC-${incident.number}: ${words}`;
    },
  };
}

/** What happens in a story on the engine. */
export const ENGINE_ACTS = {
  fire: {
    weight: 8,
    perform: async (world, a) => {
      const alert = pick(SIM_ALERTS, a)!;
      if (world.firing.has(alert)) return null;
      await world.fires(alert);
      return `${describeAlert(alert.id)} fires`;
    },
  },
  clear: {
    weight: 3,
    perform: async (world, a) => {
      const alert = pick([...world.firing.keys()], a);
      if (alert === undefined) return null;
      await world.clears(alert);
      return `${describeAlert(alert.id)} resolves`;
    },
  },
  press: {
    weight: 5,
    perform: async (world, a) => {
      const pages = (await openIncidents(world)).flatMap(({ number, pages: all }) =>
        all.filter(({ status }) => status === "sent").map((page) => ({ number, page })),
      );
      const found = pick(pages, a);
      const person = SIM_PEOPLE.find(({ name }) => found?.page.to.includes(name));
      if (found === undefined || person === undefined) return null;
      await world.asks(found.number, { type: "incident.acknowledge", page: found.page.key }, person);
      return `${person.name} presses Acknowledge under page ${found.page.key}`;
    },
  },
  command: asks(2, "take command", { type: "role.claim", role: "commander" }),
  resolve: asks(2, "resolve with a reason", { type: "incident.resolve", reason: "fixed, I think" }),
  merge: {
    weight: 2,
    perform: async (world, a, b) => {
      const open = await openIncidents(world);
      const [from, into] = [pick(open, a), pick(open, a + 1)];
      if (from === undefined || into === undefined || from.number === into.number) return null;
      const person = pick(SIM_PEOPLE, b)!;
      await world.asks(from.number, { type: "incident.merge", into: into.number }, person);
      return `${person.name} merges INC-${from.number} into INC-${into.number}`;
    },
  },
  unmerge: {
    weight: 1,
    perform: async (world, a, b) => {
      const merged = pick(
        (await world.rig.incidents()).filter(({ status }) => status === "merged"),
        a,
      );
      const person = pick(SIM_PEOPLE, b)!;
      if (merged === undefined) return null;
      await world.asks(merged.number, { type: "undo" }, person);
      return `${person.name} takes back the merge of INC-${merged.number}`;
    },
  },
  die: {
    weight: 6,
    perform: (world, a, b) => {
      const place = pick(DEATHS, a)!;
      world.moods.dooms(place, b % 6);
      return Promise.resolve(`the process is going to die ${place}`);
    },
  },
} as const satisfies Readonly<Record<string, EngineActDefinition>>;

export type EngineActName = keyof typeof ENGINE_ACTS;
