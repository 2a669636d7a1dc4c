import type { StoredIncident } from "#db/incidents.ts";
import type { GroupMark } from "#db/truncated.ts";
import { HEARD, observe, type Alert, type Change } from "#domain/alert.ts";
import { decide, decideOpening } from "#domain/decide.ts";
import { afterWaking, fold, type AlertsChanged, type Context } from "#domain/decision.ts";
import type { Delivery, Observation } from "#domain/delivery.ts";
import type { Fact } from "#domain/event.ts";
import { urgencyOf, type Instant } from "#domain/language.ts";
import { mutedBy, UNMUTED, type Muted } from "#domain/mute.ts";
import type { Seed } from "#domain/opening.ts";
import { groupKey, teamOf } from "#domain/route.ts";
import { classify, type Classified } from "#domain/severity.ts";
import { decideStorm, gather, STORM_KEY, type Held } from "#domain/storm.ts";
import type { Desk } from "./desk.ts";
import { isWatchdog } from "#domain/watchdog.ts";
import { isHeldBack, targets, type Seen, type Target } from "./targets.ts";
import { groupOf, isOvertaken, marksAfter } from "./truncation.ts";

/** What a delivery means for one incident, not yet recorded; `stored` is null when it opens. */
export type Verdict = { readonly stored: StoredIncident | null; readonly facts: readonly Fact[] };

/**
 * Takes one delivery apart: what became of each alert, which incident each is news for, and what that means there.
 * Reads the desk and leaves it as it was.
 */
export function deliver(
  desk: Desk,
  delivery: Delivery,
  at: { readonly source: string; readonly seq: number; readonly receivedAt: Instant },
  ctx: Context,
): { readonly alerts: readonly Alert[]; readonly marks: readonly GroupMark[]; readonly verdicts: readonly Verdict[] } {
  const seen = lastOfEach(delivery.alerts).map((observation): Seen => {
    const classified = classify(ctx.policy, observation.labels);
    const known = desk.alert(at.source, observation.fingerprint);
    const told = observe(known, observation, { ...at, delivery }, classified);
    // Its source has not spoken.
    const change = known !== null && delivery.groupKey === UNMUTED ? { ...told, alert: { ...told.alert, lastSeenAt: known.lastSeenAt } } : told;
    return { observation, classified, change, muted: mutedBy(ctx.policy, ctx.mutes ?? [], observation.labels, ctx.now) };
  });
  const { byTarget, nowhere, held } = targets(desk, seen, ctx);
  const alerts: Alert[] = nowhere.map(({ change, muted }) => {
    if (isWatchdog(ctx.policy, change.alert.labels)) return { ...change.alert, ...HEARD };
    return isHeldBack(change, muted) ? suppressed(change, muted) : change.alert;
  });
  const verdicts: Verdict[] = [];
  const moved = new Map<number, { count: number; to: number }>();
  const group = groupOf(delivery);
  const known = desk.marksOf(at.source, group);
  const overtaken = isOvertaken(delivery, at, seen, known);
  // Whom one incident of the delivery wakes, the next one counts.
  let counting = ctx;
  const numbers: number[] = [];
  let next = desk.nextNumber;
  for (const [target, members] of byTarget) {
    const stored = typeof target === "number" ? desk.incident(target) : null;
    const number = stored?.state.number ?? next++;
    numbers.push(number);
    const changes = members.map(({ change }) => arriving(change, number, moved));
    const command: AlertsChanged = { type: "alerts.changed", changes, group, hidden: overtaken ? hiddenSoFar(stored, group) : delivery.truncated };
    verdicts.push({
      stored,
      facts: taken(
        stored,
        target,
        { number, ...worstOf(members) },
        command,
        wouldBe(
          members.filter((each) => held.has(each)),
          counting,
        ),
        counting,
      ),
    });
    counting = afterWaking(counting, verdicts.at(-1)!.facts);
    for (const { alert } of changes) alerts.push({ ...alert, ...HEARD, incident: number });
  }
  const marks = overtaken ? [] : marksAfter(delivery, at, numbers, known);
  // Whole again without a member of theirs: incidents that were told of hidden ones hear that there are none.
  for (const { incident, hidden } of marks) {
    const stored = hidden > 0 || numbers.includes(incident) ? null : desk.incident(incident);
    if (stored !== null) verdicts.push({ stored, facts: factsOf(stored, { type: "alerts.changed", changes: [], group, hidden }, ctx) });
  }
  return { alerts, marks, verdicts: left(desk, verdicts, moved) };
}

/** What news means for its incident: an old one, a new one, or a storm. */
function taken(stored: StoredIncident | null, target: Target, seed: Seed, command: AlertsChanged, held: readonly Held[], ctx: Context): readonly Fact[] {
  if (stored === null) return target === STORM_KEY ? decideStorm(seed, command, held, ctx) : decideOpening(seed, command, ctx);
  const facts = factsOf(stored, command, ctx);
  return stored.state.key !== STORM_KEY ? facts : [...facts, ...gather(fold(stored.state, facts, ctx), held, ctx)];
}

/**
 * An alert as it is kept while it is held back. One that its incident does not count as firing leaves it: it will be new to
 * whatever takes it in.
 */
function suppressed({ kind, alert }: Change, { until, why }: Muted): Alert {
  return { ...alert, ...(kind === "flapped" ? {} : { incident: null }), mutedUntil: until, mutedWhy: why };
}

/** The incidents that alerts would have opened which a storm has gathered: one for each group key. */
function wouldBe(members: readonly Seen[], { policy }: Context): readonly Held[] {
  return [...new Map(members.map((seen) => [groupKey(policy, seen.observation.labels), seen])).values()].map(({ observation, classified }) => {
    const { service, team } = teamOf(policy, observation.labels);
    return { service, team, priority: classified.priority };
  });
}

function hiddenSoFar(stored: StoredIncident | null, group: string): number {
  return stored !== null && Object.hasOwn(stored.state.truncated, group) ? stored.state.truncated[group]! : 0;
}

/** An alert that still fires and moves to another incident begins to fire there, and is counted out where it was. */
function arriving(change: Change, number: number, moved: Map<number, { count: number; to: number }>): Change {
  const from = change.alert.incident;
  if (change.kind !== "flapped" || from === number) return change;
  if (from !== null) moved.set(from, { count: (moved.get(from)?.count ?? 0) + 1, to: number });
  return { ...change, kind: "fired" };
}

function left(desk: Desk, verdicts: readonly Verdict[], moved: ReadonlyMap<number, { readonly count: number; readonly to: number }>): readonly Verdict[] {
  const facts = (data: { readonly count: number; readonly to: number }): Fact => ({ type: "alerts.moved", data });
  const told = verdicts.map(({ stored, facts: already }): Verdict => {
    const gone = stored === null ? undefined : moved.get(stored.state.number);
    return { stored, facts: gone === undefined ? already : [...already, facts(gone)] };
  });
  const others = [...moved].filter(([from]) => !verdicts.some(({ stored }) => stored?.state.number === from));
  return [...told, ...others.map(([from, data]): Verdict => ({ stored: desk.incident(from), facts: [facts(data)] }))];
}

function factsOf(stored: StoredIncident, command: AlertsChanged, ctx: Context): readonly Fact[] {
  const decision = decide(stored.state, command, ctx);
  if (!decision.ok) throw new Error(`bug: alerts were refused: ${decision.refusal}`);
  return decision.facts;
}

function worstOf(members: readonly Seen[]): { readonly worst: Observation; readonly classified: Classified } {
  const worst = members.reduce((a, b) => (urgencyOf(b.classified.priority) < urgencyOf(a.classified.priority) ? b : a));
  return { worst: worst.observation, classified: worst.classified };
}

/** Alertmanager lists an alert once; of a sender that does not, what it says last counts. */
function lastOfEach(alerts: readonly Observation[]): readonly Observation[] {
  return [...new Map(alerts.map((alert) => [alert.fingerprint, alert])).values()];
}
