import type { AlertChange } from "#domain/incident/alert.ts";
import type { Context } from "#domain/events/decision.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { isOpen, type Instant } from "#domain/values/language.ts";
import { isSuppressed } from "./silence.ts";
import { countsTowardStorm, isGatheringStorm, exceedsStormLimit, mayBeGathered, STORM_KEY } from "./storm.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { groupKey, looseGroupKey } from "./grouping.ts";
import { resolveTeam } from "./routing.ts";
import { isWatchdog } from "./watchdog.ts";
import type { AlertingMemory } from "./alerting-memory.ts";
import type { ReceivedAlert } from "./received-alert.ts";

/** Where news goes: the number of an incident, or the key under which new alerts open one together. */
export type AlertDestination = number | string;

/**
 * Sorts the alerts of one delivery by the incident they are news for; `nowhere` are those that are news for none.
 * New alerts of one delivery may meet although their keys differ: see `deliveryBond`.
 */
export function correlateAlerts(
  memory: AlertingMemory,
  all: readonly ReceivedAlert[],
  ctx: Context,
): {
  readonly byTarget: ReadonlyMap<AlertDestination, readonly ReceivedAlert[]>;
  readonly unassigned: readonly ReceivedAlert[];
  /** Those that a storm gathers: they would have opened incidents of their own. */
  readonly gathered: ReadonlySet<ReceivedAlert>;
} {
  const gathered = new Set<ReceivedAlert>();
  const aimed = divertToStorm(
    memory,
    joinReopened(
      memory,
      all.map((seen) => ({ seen, target: targetOf(memory, seen, ctx) })),
    ),
    ctx,
    gathered,
  );
  const gathering = new Map<string, AlertDestination>();
  for (const { seen, target } of aimed) {
    if (target === null) continue;
    if (isStorm(memory, target)) continue;
    const { loose, service, team } = deliveryBond(ctx.policy, seen);
    // An open incident of a member takes the others in; without one they go to the first new one.
    if (
      loose !== null &&
      typeof gathering.get(loose) !== "number" &&
      (typeof target === "string" ? !gathering.has(loose) : takesInTeam(memory.findIncident(target)!, team))
    )
      gathering.set(loose, target);
    if (service !== null && typeof target === "string" && !gathering.has(service)) gathering.set(service, target);
  }
  const byTarget = new Map<AlertDestination, ReceivedAlert[]>();
  const unassigned: ReceivedAlert[] = [];
  for (const { seen, target } of aimed) {
    if (target === null) unassigned.push(seen);
    else {
      const meets =
        typeof target === "number" || target === STORM_KEY ? target : (meeting(gathering, ctx.policy, seen) ?? target);
      const there = byTarget.get(meets);
      if (there === undefined) byTarget.set(meets, [seen]);
      else there.push(seen);
    }
  }
  return { byTarget, unassigned, gathered };
}

/** What a storm has gathered keeps no others together. */
function isStorm(memory: AlertingMemory, target: AlertDestination): boolean {
  return target === STORM_KEY || (typeof target === "number" && memory.findIncident(target)?.key === STORM_KEY);
}

type Aimed = { readonly seen: ReceivedAlert; readonly target: AlertDestination | null };

/** What one alert of the delivery re-opens takes in the others of its key, which would open a second one beside it. */
function joinReopened(memory: AlertingMemory, aimed: readonly Aimed[]): readonly Aimed[] {
  const reopened = new Map<string, number>();
  for (const { seen, target } of aimed) {
    const home = typeof target === "number" && seen.change.kind === "refired" ? memory.findIncident(target) : null;
    if (home?.status === "resolved" || home?.status === "closed") reopened.set(home.key, home.number);
  }
  return reopened.size === 0
    ? aimed
    : aimed.map(({ seen, target }) => ({
        seen,
        target: typeof target === "string" ? (reopened.get(target) ?? target) : target,
      }));
}

/** In a storm, what would open an incident goes to the storm instead, but for a P0; `gathered` gets what does. */
function divertToStorm(
  memory: AlertingMemory,
  aimed: readonly Aimed[],
  { policy, now }: Context,
  gathered: Set<ReceivedAlert>,
): readonly Aimed[] {
  const storm = memory.newestOfKey(STORM_KEY);
  const gathering = storm !== null && isOpen(storm.status) ? storm : null;
  const opened = [...memory.opened];
  const opening = new Set<AlertDestination>();
  return aimed.map(({ seen, target }) => {
    const { priority } = seen.classified;
    if (typeof target !== "string" || opening.has(target) || !countsTowardStorm(priority)) return { seen, target };
    if (
      mayBeGathered(priority) &&
      policy.storm !== null &&
      (isGatheringStorm(gathering, now) || exceedsStormLimit(opened, policy, now))
    ) {
      gathered.add(seen);
      return { seen, target: gathering?.number ?? STORM_KEY };
    }
    opening.add(target);
    opened.push(now);
    return { seen, target };
  });
}

function meeting(
  gathering: ReadonlyMap<string, AlertDestination>,
  policy: Policy,
  seen: ReceivedAlert,
): AlertDestination | undefined {
  const { loose, service } = deliveryBond(policy, seen);
  return (loose === null ? undefined : gathering.get(loose)) ?? (service === null ? undefined : gathering.get(service));
}

/**
 * What makes new alerts of one delivery the same incident although their keys differ: the same trouble of services
 * that are only guessed, or one service whose people are gathered anyway (as `isSameResponse` does from one delivery to the next).
 * Both are guesses, so they hold within one team only.
 */
function deliveryBond(
  policy: Policy,
  { observation, classified }: ReceivedAlert,
): { readonly loose: string | null; readonly service: string | null; readonly team: string | null } {
  const { service, team } = resolveTeam(policy, observation.labels);
  const gathers = policy.grouping.related !== null && policy.priorities[classified.priority].channel;
  const loose = looseGroupKey(policy, observation.labels);
  return {
    loose: loose === null ? null : JSON.stringify(["loose", team, loose]),
    service: gathers && service !== null ? JSON.stringify(["service", team, service]) : null,
    team,
  };
}

/** Whether an incident may take in alerts of a team by a guess: it is open and the team's own; of no team, any. */
function takesInTeam({ status, route }: Incident, team: string | null): boolean {
  return isOpen(status) && (team === null || route.team === team);
}

function targetOf(memory: AlertingMemory, { change, silence }: ReceivedAlert, ctx: Context): AlertDestination | null {
  const { alert } = change;
  if (alert.incident === null && isWatchdog(ctx.policy, alert.labels)) return null;
  const home = alert.incident === null ? null : memory.mergeTarget(memory.findIncident(alert.incident));
  if (isSuppressed(change, silence) && (home === null || !isOpen(home.status))) return null;
  const key = groupKey(ctx.policy, alert.labels);
  const { service, team } = resolveTeam(ctx.policy, alert.labels);
  const where = correlateAlert(
    change,
    {
      home,
      newest: memory.mergeTarget(memory.newestOfKey(key)),
      related: service === null ? null : memory.gatheringOfService(service, team),
    },
    ctx.now,
    ctx.policy,
  );
  return where.to === "incident" ? where.number : where.to === "new" ? key : null;
}

/** The incidents an alert may belong to. */
export type CorrelationCandidates = {
  /** The one it belongs to now. */
  readonly home: Incident | null;
  /** The newest one of its group key. */
  readonly newest: Incident | null;
  /** The newest open one of its service and team whose people are gathered: a smaller one beside it, without a room, takes nothing in. */
  readonly related: Incident | null;
};

/** The incident a changed alert is news for: an existing one, a new one, or none. */
export type CorrelationTarget =
  | { readonly to: "incident"; readonly number: number }
  | { readonly to: "new" }
  | { readonly to: "none" };

/**
 * Where the news about an alert goes. An alert stays with its incident while that is open; a new stretch of firing
 * re-opens a recent one, else joins an open one of its key or its service, else opens a new one. Old news of a known
 * stretch never opens anything.
 */
export function correlateAlert(
  change: AlertChange,
  { home, newest, related }: CorrelationCandidates,
  now: Instant,
  policy: Policy,
): CorrelationTarget {
  const unchangedTarget: CorrelationTarget = home === null ? { to: "none" } : { to: "incident", number: home.number };
  switch (change.kind) {
    case "ignored":
    case "resolved":
    case "repeated":
    case "refired":
      return unchangedTarget;
    case "flapped":
    case "fired": {
      if (home !== null && (isOpen(home.status) || isRecent(home, now, policy))) return unchangedTarget;
      if (newest !== null && (isOpen(newest.status) || isRecent(newest, now, policy)))
        return { to: "incident", number: newest.number };
      if (related !== null && isSameResponse(change, related, now, policy))
        return { to: "incident", number: related.number };
      return { to: "new" };
    }
  }
}

/** Resolved so recently that firing again is the same trouble. */
function isRecent(incident: Incident, now: Instant, policy: Policy): boolean {
  return (
    (incident.status === "resolved" || incident.status === "closed") &&
    incident.resolvedAt !== null &&
    now - incident.resolvedAt <= policy.grouping.reopen
  );
}

/**
 * Another alert of a service whose people are gathered already (latency, then errors, five minutes later) is the
 * same incident, not a second one: responders sit in one room. Those of another team sit in another.
 */
function isSameResponse(change: AlertChange, related: Incident, now: Instant, policy: Policy): boolean {
  const within = policy.grouping.related;
  return (
    within !== null &&
    takesInTeam(related, resolveTeam(policy, change.alert.labels).team) &&
    related.channelRequested &&
    policy.priorities[change.alert.priority].channel &&
    now - related.openedAt <= within
  );
}
