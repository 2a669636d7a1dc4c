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
 * Reads the desk and leaves it was.
 */
export function ingestDelivery(
  desk: UnitOfWork,
  delivery: Delivery,
  at: { readonly source: string; readonly seq: number; readonly receivedAt: Instant },
  ctx: Context,
): {
  readonly alerts: readonly Alert[];
  readonly marks: readonly TruncationMark[];
  readonly verdicts: readonly IngestResult[];
} {
  const seen = lastOfEach(delivery.alerts).map((observation) => receive(desk, observation, at, delivery, ctx));
  const { byTarget, nowhere, held } = correlateAlerts(desk, seen, ctx);
  const alerts: Alert[] = nowhere.map(({ change, muted }) => {
    if (isWatchdog(ctx.policy, change.alert.labels)) return { ...change.alert, ...NOT_SUPPRESSED };
    return isSuppressed(change, muted) ? suppressed(change, muted) : change.alert;
  });
  const verdicts: IngestResult[] = [];
  const moved = new Map<number, { count: number; to: number }>();
  const group = deliveryGroup(delivery);
  const known = desk.marksOf(at.source, group);
  const overtaken = isStaleDelivery(delivery, at, seen, known);
  // Whom one incident of the delivery wakes, the next one counts.
  let counting = ctx;
  const numbers: number[] = [];
  let next = desk.nextNumber;
  for (const [target, members] of byTarget) {
    const stored = typeof target === "number" ? desk.incident(target) : null;
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
      members.filter((each) => held.has(each)),
      counting,
    );
    const seed = { number, ...worstOf(members) };
    verdicts.push({ stored, facts: taken(stored, target, seed, command, gathered, counting) });
    counting = withPagesCounted(counting, verdicts.at(-1)!.facts);
    for (const { alert } of changes) alerts.push({ ...alert, ...NOT_SUPPRESSED, incident: number });
  }
  const marks = overtaken ? [] : nextTruncationMarks(delivery, at, numbers, known);
  // Whole again without a member of theirs: incidents that were told of hidden ones hear that there are none.
  for (const { incident, hidden } of marks) {
    const stored = hidden > 0 || numbers.includes(incident) ? null : desk.incident(incident);
    if (stored !== null)
      verdicts.push({
        stored,
        facts: decideAlertsChanged(stored.state, { type: "alerts.changed", changes: [], group, hidden }, ctx),
      });
  }
  return { alerts, marks, verdicts: left(desk, verdicts, moved) };
}

function receive(
  desk: UnitOfWork,
  observation: AlertObservation,
  at: { readonly source: string; readonly seq: number; readonly receivedAt: Instant },
  delivery: Delivery,
  ctx: Context,
): ReceivedAlert {
  const classified = classifySeverity(ctx.policy, observation.labels);
  const known = desk.alert(at.source, observation.fingerprint);
  const told = observeAlert(known, observation, { ...at, delivery }, classified);
  // Its source has not spoken.
  const change =
    known !== null && delivery.groupKey === UNSILENCED_GROUP
      ? { ...told, alert: { ...told.alert, lastSeenAt: known.lastSeenAt } }
      : told;
  const muted = findActiveSilence(ctx.policy, ctx.mutes ?? [], observation.labels, ctx.now);
  return { observation, classified, change, muted };
}

/** What news means for its incident: an old one, a new one, or a storm. */
function taken(
  stored: StoredIncident | null,
  target: AlertDestination,
  seed: IncidentSeed,
  command: AlertsChanged,
  held: readonly SuppressedIncident[],
  ctx: Context,
): readonly Fact[] {
  if (stored === null)
    return target === STORM_KEY ? decideStorm(seed, command, held, ctx) : decideOpening(seed, command, ctx);
  const facts = decideAlertsChanged(stored.state, command, ctx);
  return stored.state.key !== STORM_KEY
    ? facts
    : [...facts, ...gatherIntoStorm(applyFacts(stored.state, facts, ctx), held, ctx)];
}

/**
 * An alert as it is kept while it is held back. One that its incident does not count as firing leaves it: it will be new to
 * whatever takes it in.
 */
function suppressed({ kind, alert }: AlertChange, { until, why }: ActiveSilence): Alert {
  return { ...alert, ...(kind === "flapped" ? {} : { incident: null }), mutedUntil: until, mutedWhy: why };
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

function left(
  desk: UnitOfWork,
  verdicts: readonly IngestResult[],
  moved: ReadonlyMap<number, { readonly count: number; readonly to: number }>,
): readonly IngestResult[] {
  const facts = (data: { readonly count: number; readonly to: number }): Fact => ({ type: "alerts.moved", data });
  const told = verdicts.map(({ stored, facts: already }): IngestResult => {
    const gone = stored === null ? undefined : moved.get(stored.state.number);
    return { stored, facts: gone === undefined ? already : [...already, facts(gone)] };
  });
  const others = [...moved].filter(([from]) => !verdicts.some(({ stored }) => stored?.state.number === from));
  return [
    ...told,
    ...others.map(([from, data]): IngestResult => ({ stored: desk.incident(from), facts: [facts(data)] })),
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
