import type { Change } from "#domain/alert.ts";
import type { Context } from "#domain/decision.ts";
import type { Observation } from "#domain/delivery.ts";
import { belongs } from "#domain/grouping.ts";
import { isOpen } from "#domain/language.ts";
import type { Muted } from "#domain/mute.ts";
import { counts, gathers, isTooMany, mayBeHeld, STORM_KEY } from "#domain/storm.ts";
import type { Policy } from "#domain/policy.ts";
import { groupKey, looseKey, serviceOf } from "#domain/route.ts";
import { isWatchdog } from "#domain/watchdog.ts";
import type { Classified } from "#domain/severity.ts";
import type { Desk } from "./desk.ts";

/** One alert of a delivery, with what became of it. */
export type Seen = {
  readonly observation: Observation;
  readonly classified: Classified;
  readonly change: Change;
  /** What would keep it from opening anything. */
  readonly muted: Muted | null;
};

/** Where news goes: the number of an incident, or the key under which new alerts open one together. */
export type Target = number | string;

/**
 * Sorts the alerts of one delivery by the incident they are news for; `nowhere` are those that are news for none.
 * New alerts of one delivery may meet although their keys differ: see `bonds`.
 */
export function targets(
  desk: Desk,
  all: readonly Seen[],
  ctx: Context,
): { readonly byTarget: ReadonlyMap<Target, readonly Seen[]>; readonly nowhere: readonly Seen[]; readonly held: ReadonlySet<Seen> } {
  const held = new Set<Seen>();
  const aimed = gathered(
    desk,
    all.map((seen) => ({ seen, target: targetOf(desk, seen, ctx) })),
    ctx,
    held,
  );
  const together = new Map<string, Target>();
  for (const { seen, target } of aimed) {
    if (target === null) continue;
    if (isStorm(desk, target)) continue;
    const { loose, service } = bonds(ctx.policy, seen);
    // An open incident of a member takes the others in; without one they go to the first new one.
    if (
      loose !== null &&
      typeof together.get(loose) !== "number" &&
      (typeof target === "string" ? !together.has(loose) : isOpen(desk.incident(target)!.state.status))
    )
      together.set(loose, target);
    if (service !== null && typeof target === "string" && !together.has(service)) together.set(service, target);
  }
  const byTarget = new Map<Target, Seen[]>();
  const nowhere: Seen[] = [];
  for (const { seen, target } of aimed) {
    if (target === null) nowhere.push(seen);
    else {
      const meets = typeof target === "number" || target === STORM_KEY ? target : (meeting(together, ctx.policy, seen) ?? target);
      const there = byTarget.get(meets);
      if (there === undefined) byTarget.set(meets, [seen]);
      else there.push(seen);
    }
  }
  return { byTarget, nowhere, held };
}

/** What a storm has gathered keeps no others together. */
function isStorm(desk: Desk, target: Target): boolean {
  return target === STORM_KEY || (typeof target === "number" && desk.incident(target)?.state.key === STORM_KEY);
}

type Aimed = { readonly seen: Seen; readonly target: Target | null };

/** In a storm, what would open an incident goes to the storm instead, but for a P0; `held` gets what does. */
function gathered(desk: Desk, aimed: readonly Aimed[], { policy, now }: Context, held: Set<Seen>): readonly Aimed[] {
  const storm = desk.newestOfKey(STORM_KEY)?.state ?? null;
  const gathering = storm !== null && isOpen(storm.status) ? storm : null;
  const opened = [...desk.opened];
  const opening = new Set<Target>();
  return aimed.map(({ seen, target }) => {
    const { priority } = seen.classified;
    if (typeof target !== "string" || opening.has(target) || !counts(priority)) return { seen, target };
    if (mayBeHeld(priority) && policy.storm !== null && (gathers(gathering, now) || isTooMany(opened, policy, now))) {
      held.add(seen);
      return { seen, target: gathering?.number ?? STORM_KEY };
    }
    opening.add(target);
    opened.push(now);
    return { seen, target };
  });
}

function meeting(together: ReadonlyMap<string, Target>, policy: Policy, seen: Seen): Target | undefined {
  const { loose, service } = bonds(policy, seen);
  return (loose === null ? undefined : together.get(loose)) ?? (service === null ? undefined : together.get(service));
}

/**
 * What makes new alerts of one delivery the same incident although their keys differ: the same trouble of services
 * that are only guessed, or one service whose people are gathered anyway (as `belongs` does from one delivery to the next).
 */
function bonds(policy: Policy, { observation, classified }: Seen): { readonly loose: string | null; readonly service: string | null } {
  const { service } = serviceOf(policy, observation.labels);
  const gathers = policy.grouping.related !== null && policy.priorities[classified.priority].channel;
  return { loose: looseKey(policy, observation.labels), service: gathers && service !== null ? `service ${service}` : null };
}

function targetOf(desk: Desk, { change, muted }: Seen, ctx: Context): Target | null {
  const { alert } = change;
  if (alert.incident === null && isWatchdog(ctx.policy, alert.labels)) return null;
  const home = alert.incident === null ? null : desk.survivorOf(desk.incident(alert.incident));
  if (isHeldBack(change, muted) && (home === null || !isOpen(home.status))) return null;
  const key = groupKey(ctx.policy, alert.labels);
  const { service } = serviceOf(ctx.policy, alert.labels);
  const where = belongs(
    change,
    {
      home,
      newest: desk.survivorOf(desk.newestOfKey(key)),
      related: service === null ? null : (desk.gatheringOfService(service)?.state ?? null),
    },
    ctx.now,
    ctx.policy,
  );
  return where.to === "incident" ? where.number : where.to === "new" ? key : null;
}

/** Whether an alert would open or re-open something and may not. News of an incident that people are at is news all the same. */
export function isHeldBack(change: Change, muted: Muted | null): muted is Muted {
  return muted !== null && (change.kind === "fired" || change.kind === "flapped" || change.kind === "refired");
}
