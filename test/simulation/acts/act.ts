import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import { SIM_ALERTS, SIM_PEOPLE } from "../world/sim-policy.ts";
import type { SimWorld } from "../world/sim-world.ts";

/** One kind of thing that happens. `a` and `b` choose among what there is; 0 is the first, which a shrunk story uses. */
export type Act = {
  readonly weight: number;
  /** Answers what happened, in words; null when there was nothing to do it to. */
  readonly perform: (world: SimWorld, a: number, b: number) => string | null;
};

export const pick = <T>(list: readonly T[], n: number): T | undefined =>
  list.length === 0 ? undefined : list[n % list.length];

/** A person asks something of an open incident. */
export function asks(weight: number, words: string, command: (a: number, b: number) => IncidentCommand): Act {
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

/** An alert in words. */
export function describeAlert(id: number): string {
  const { labels, priority, team } = SIM_ALERTS[id]!;
  return `${priority} ${labels["alertname"]} of ${labels["service"] ?? labels["job"]} (team ${team}, instance ${labels["instance"] ?? "-"})`;
}
