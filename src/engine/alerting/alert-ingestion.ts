import type { StoredIncident } from "#db/incidents.ts";
import type { TruncationMark } from "#db/alerts.ts";
import { NOT_SUPPRESSED, type Alert, type AlertChange } from "#domain/incident/alert.ts";
import { observeAlert } from "#domain/alerting/alert-sighting.ts";
import { decideAlertsChanged } from "#domain/alerting/alert-changes.ts";
import { decideOpening } from "#domain/commands/opening-decisions.ts";
import { withPagesCounted, applyFacts, type AlertsChanged, type Context } from "#domain/events/decision.ts";
import type { Delivery, AlertObservation } from "#domain/values/delivery.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import { priorityRank, type Instant } from "#domain/values/language.ts";
import { findActiveSilence, UNSILENCED_GROUP, type ActiveSilence } from "#domain/alerting/silence.ts";
import type { IncidentSeed } from "#domain/alerting/opening.ts";
import { groupKey, resolveTeam } from "#domain/alerting/routing.ts";
import { classifySeverity, type ClassifiedPriority } from "#domain/policy/severity.ts";
import { decideStorm, gatherIntoStorm, STORM_KEY, type SuppressedIncident } from "#domain/alerting/storm.ts";
import type { UnitOfWork } from "#engine/base/unit-of-work.ts";
import { isWatchdog } from "#domain/alerting/watchdog.ts";
import { isSuppressed, correlateAlerts, type ReceivedAlert, type AlertDestination } from "./correlation.ts";
import { deliveryGroup, isStaleDelivery, nextTruncationMarks } from "./truncation.ts";

/** What a delivery means for one incident, not yet recorded; `stored` is null when it opens. */
export type IngestResult = { readonly stored: StoredIncident | null; readonly facts: readonly Fact[] };

/**
 * Takes one delivery apart: what became of each alert, which incident each is news for, and what that means there.
 * Reads the unit of work and leaves it was.
 */
export function ingestDelivery(
  unit: UnitOfWork,
  delivery: Delivery,
  at: { readonly source: string; readonly seq: number; readonly receivedAt: Instant },
  ctx: Context,
): {
  readonly alerts: readonly Alert[];
  readonly marks: readonly TruncationMark[];
  readonly results: readonly IngestResult[];
} {
  const seen = lastOfEach(delivery.alerts).map((observation) => receive(unit, observation, at, delivery, ctx));
  const { byTarget, unassigned, suppressed: suppressedAlerts } = correlateAlerts(unit, seen, ctx);
  const alerts: Alert[] = unassigned.map(({ change, silence }) => {
    if (isWatchdog(ctx.policy, change.alert.labels)) return { ...change.alert, ...NOT_SUPPRESSED };
    return isSuppressed(change, silence) ? suppressed(change, silence) : change.alert;
  });
  const results: IngestResult[] = [];
  const moved = new Map<number, { count: number; to: number }>();
  const group = deliveryGroup(delivery);
  const known = unit.marksOf(at.source, group);
  const overtaken = isStaleDelivery(delivery, at, seen, known);
  // Whom one incident of the delivery wakes, the next one counts.
  let counting = ctx;
  const numbers: number[] = [];
  let next = unit.nextNumber;
  for (const [target, members] of byTarget) {
    const stored = typeof target === "number" ? unit.incident(target) : null;
    const number = stored?.state.number ?? next++;
    numbers.push(number);
    const changes = members.map(({ change }) => arriving(change, number, moved));
    const command: AlertsChanged = {
      type: "alerts.changed",
      changes,
      group,
      hidden: overtaken ? hiddenSoFar(stored, group) : delivery.truncated,
    };
    const gathered = wouldBe(
      members.filter((each) => suppressedAlerts.has(each)),
      counting,
    );
    const seed = { number, ...worstOf(members) };
    results.push({ stored, facts: taken(stored, target, seed, command, gathered, counting) });
    counting = withPagesCounted(counting, results.at(-1)!.facts);
    for (const { alert } of changes) alerts.push({ ...alert, ...NOT_SUPPRESSED, incident: number });
  }
  const marks = overtaken ? [] : nextTruncationMarks(delivery, at, numbers, known);
  // Whole again without a member of theirs: incidents that were told of hidden ones hear that there are none.
  for (const { incident, hidden } of marks) {
    const stored = hidden > 0 || numbers.includes(incident) ? null : unit.incident(incident);
    if (stored !== null)
      results.push({
        stored,
        facts: decideAlertsChanged(stored.state, { type: "alerts.changed", changes: [], group, hidden }, ctx),
      });
  }
  return { alerts, marks, results: withoutMembers(unit, results, moved) };
}

function receive(
  unit: UnitOfWork,
  observation: AlertObservation,
  at: { readonly source: string; readonly seq: number; readonly receivedAt: Instant },
  delivery: Delivery,
  ctx: Context,
): ReceivedAlert {
  const classified = classifySeverity(ctx.policy, observation.labels);
  const known = unit.alert(at.source, observation.fingerprint);
  const changed = observeAlert(known, observation, { ...at, delivery }, classified);
  // Its source has not spoken.
  const change =
    known !== null && delivery.groupKey === UNSILENCED_GROUP
      ? { ...changed, alert: { ...changed.alert, lastSeenAt: known.lastSeenAt } }
      : changed;
  const silence = findActiveSilence(ctx.policy, ctx.silences ?? [], observation.labels, ctx.now);
  return { observation, classified, change, silence };
}

/** What news means for its incident: an old one, a new one, or a storm. */
function taken(
  stored: StoredIncident | null,
  target: AlertDestination,
  seed: IncidentSeed,
  command: AlertsChanged,
  suppressedAlerts: readonly SuppressedIncident[],
  ctx: Context,
): readonly Fact[] {
  if (stored === null)
    return target === STORM_KEY ? decideStorm(seed, command, suppressedAlerts, ctx) : decideOpening(seed, command, ctx);
  const facts = decideAlertsChanged(stored.state, command, ctx);
  return stored.state.key !== STORM_KEY
    ? facts
    : [...facts, ...gatherIntoStorm(applyFacts(stored.state, facts, ctx), suppressedAlerts, ctx)];
}

/**
 * An alert as it is kept while it is held back. One that its incident does not count as firing leaves it: it will be new to
 * whatever takes it in.
 */
function suppressed({ kind, alert }: AlertChange, { until, why: reason }: ActiveSilence): Alert {
  return { ...alert, ...(kind === "flapped" ? {} : { incident: null }), mutedUntil: until, mutedWhy: reason };
}

/** The incidents that alerts would have opened which a storm has gathered: one for each group key. */
function wouldBe(members: readonly ReceivedAlert[], { policy }: Context): readonly SuppressedIncident[] {
  return [...new Map(members.map((seen) => [groupKey(policy, seen.observation.labels), seen])).values()].map(
    ({ observation, classified }) => {
      const { service, team } = resolveTeam(policy, observation.labels);
      return { service, team, priority: classified.priority };
    },
  );
}

function hiddenSoFar(stored: StoredIncident | null, group: string): number {
  return stored !== null && Object.hasOwn(stored.state.truncated, group) ? stored.state.truncated[group]! : 0;
}

/** An alert that still fires and moves to another incident begins to fire there, and is counted out where it was. */
function arriving(change: AlertChange, number: number, moved: Map<number, { count: number; to: number }>): AlertChange {
  const from = change.alert.incident;
  if (change.kind !== "flapped" || from === number) return change;
  if (from !== null) moved.set(from, { count: (moved.get(from)?.count ?? 0) + 1, to: number });
  return { ...change, kind: "fired" };
}

function withoutMembers(
  unit: UnitOfWork,
  results: readonly IngestResult[],
  moved: ReadonlyMap<number, { readonly count: number; readonly to: number }>,
): readonly IngestResult[] {
  const facts = (data: { readonly count: number; readonly to: number }): Fact => ({ type: "alerts.moved", data });
  const changed = results.map(({ stored, facts: already }): IngestResult => {
    const missing = stored === null ? undefined : moved.get(stored.state.number);
    return { stored, facts: missing === undefined ? already : [...already, facts(missing)] };
  });
  const others = [...moved].filter(([from]) => !results.some(({ stored }) => stored?.state.number === from));
  return [
    ...changed,
    ...others.map(([from, data]): IngestResult => ({ stored: unit.incident(from), facts: [facts(data)] })),
  ];
}

function worstOf(members: readonly ReceivedAlert[]): {
  readonly worst: AlertObservation;
  readonly classified: ClassifiedPriority;
} {
  const worst = members.reduce((a, b) =>
    priorityRank(b.classified.priority) < priorityRank(a.classified.priority) ? b : a,
  );
  return { worst: worst.observation, classified: worst.classified };
}

/** Alertmanager lists an alert once; of a sender that does not, what it says last counts. */
function lastOfEach(alerts: readonly AlertObservation[]): readonly AlertObservation[] {
  return [...new Map(alerts.map((alert) => [alert.fingerprint, alert])).values()];
}
