import type { Incident } from "#domain/incident/incident.ts";
import { NOT_SUPPRESSED, type Alert, type AlertChange } from "#domain/incident/alert.ts";
import { observeAlert } from "./alert-sighting.ts";
import { decideAlertsChanged } from "./alert-changes.ts";
import { withPagesCounted, applyFacts, type AlertsChanged, type Context } from "#domain/events/decision.ts";
import type { Delivery, AlertObservation } from "#domain/deliveries/delivery.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import { priorityRank, type Instant } from "#domain/values/language.ts";
import { findActiveSilence, isSuppressed, suppressAlert, UNSILENCED_GROUP } from "./silence.ts";
import { openIncident, type IncidentSeed } from "./opening.ts";
import { groupKey } from "./grouping.ts";
import { classifyAlert, resolveTeam } from "./routing.ts";
import type { ClassifiedPriority } from "#domain/policy/severity.ts";
import { decideStorm, gatherIntoStorm, STORM_KEY, type GatheredIncident } from "./storm.ts";
import type { AlertingMemory } from "./alerting-memory.ts";
import { isWatchdog, markWatchdog } from "./watchdog.ts";
import { correlateAlerts, type AlertDestination } from "./correlation.ts";
import type { ReceivedAlert } from "./received-alert.ts";
import { deliveryGroup, isStaleDelivery, nextTruncationMarks, type TruncationMark } from "./truncation.ts";

/** What a delivery means for one incident, not yet recorded; `incident` is null when it opens. */
export type IngestResult = { readonly incident: Incident | null; readonly facts: readonly Fact[] };

/**
 * Takes one delivery apart: what became of each alert, which incident each is news for, and what that means there.
 * Reads `memory` and changes nothing.
 */
export function ingestDelivery(
  memory: AlertingMemory,
  delivery: Delivery,
  at: { readonly source: string; readonly seq: number; readonly receivedAt: Instant },
  ctx: Context,
): {
  readonly alerts: readonly Alert[];
  readonly marks: readonly TruncationMark[];
  readonly results: readonly IngestResult[];
} {
  const seen = lastOfEach(delivery.alerts).map((observation) => receive(memory, observation, at, delivery, ctx));
  const { byTarget, unassigned, gathered } = correlateAlerts(memory, seen, ctx);
  const alerts: Alert[] = unassigned.map(({ change, silence }) => {
    if (isWatchdog(ctx.policy, change.alert.labels)) return { ...change.alert, ...NOT_SUPPRESSED };
    return isSuppressed(change, silence) ? suppressAlert(change, silence) : change.alert;
  });
  const results: IngestResult[] = [];
  const moved = new Map<number, { count: number; to: number }>();
  const group = deliveryGroup(delivery);
  const known = memory.marksOf(at.source, group);
  const overtaken = isStaleDelivery(delivery, at, seen, known);
  // An incident of the delivery counts the pages of the one before.
  let counting = ctx;
  const numbers: number[] = [];
  let next = memory.nextNumber;
  for (const [target, members] of byTarget) {
    const incident = typeof target === "number" ? memory.findIncident(target) : null;
    const number = incident?.number ?? next++;
    numbers.push(number);
    const changes = members.map(({ change }) => followMovedAlert(change, number, moved));
    const command: AlertsChanged = {
      type: "alerts.changed",
      changes,
      group,
      hidden: overtaken ? countTruncated(incident, group) : delivery.truncated,
    };
    const gatheredHere = gatheredIncidents(
      members.filter((each) => gathered.has(each)),
      counting,
    );
    const seed = { number, ...worstOf(members) };
    results.push({ incident, facts: taken(incident, target, seed, command, gatheredHere, counting) });
    counting = withPagesCounted(counting, results.at(-1)!.facts);
    for (const { alert } of changes) alerts.push({ ...alert, ...NOT_SUPPRESSED, incident: number });
  }
  const marks = overtaken ? [] : nextTruncationMarks(delivery, at, numbers, known);
  // The group is complete again without a member of theirs: incidents with hidden members learn that none is hidden.
  for (const { incident: number, hidden } of marks) {
    const incident = hidden > 0 || numbers.includes(number) ? null : memory.findIncident(number);
    if (incident !== null)
      results.push({
        incident,
        facts: decideAlertsChanged(incident, { type: "alerts.changed", changes: [], group, hidden }, ctx),
      });
  }
  return { alerts, marks, results: withoutMembers(memory, results, moved) };
}

function receive(
  memory: AlertingMemory,
  observation: AlertObservation,
  at: { readonly source: string; readonly seq: number; readonly receivedAt: Instant },
  delivery: Delivery,
  ctx: Context,
): ReceivedAlert {
  const classified = classifyAlert(ctx.policy, observation.labels);
  const known = memory.findAlert(at.source, observation.fingerprint);
  const observed = observeAlert(known, observation, { ...at, delivery }, classified);
  const changed = { ...observed, alert: markWatchdog(ctx.policy, observed.alert) };
  // Its source has not spoken.
  const change =
    known !== null && delivery.groupKey === UNSILENCED_GROUP
      ? { ...changed, alert: { ...changed.alert, lastSeenAt: known.lastSeenAt } }
      : changed;
  const silence = findActiveSilence(ctx.policy, ctx.silences ?? [], observation.labels, ctx.now);
  return { observation, classified, change, silence };
}

/** Opens an incident for alerts that belong to none, and takes the alerts in. */
export function decideOpening(seed: IncidentSeed, command: AlertsChanged, ctx: Context): readonly Fact[] {
  const opened = openIncident(seed, ctx);
  const incident = applyFacts(null, opened, ctx);
  return [...opened, ...decideAlertsChanged(incident, command, ctx)];
}

/** What news means for its incident: an old one, a new one, or a storm. */
function taken(
  incident: Incident | null,
  target: AlertDestination,
  seed: IncidentSeed,
  command: AlertsChanged,
  gathered: readonly GatheredIncident[],
  ctx: Context,
): readonly Fact[] {
  if (incident === null)
    return target === STORM_KEY ? decideStorm(seed, command, gathered, ctx) : decideOpening(seed, command, ctx);
  const facts = decideAlertsChanged(incident, command, ctx);
  return incident.key !== STORM_KEY
    ? facts
    : [...facts, ...gatherIntoStorm(applyFacts(incident, facts, ctx), gathered, facts, ctx)];
}

/** The incidents that alerts would have opened which a storm has gathered: one for each group key. */
function gatheredIncidents(members: readonly ReceivedAlert[], { policy }: Context): readonly GatheredIncident[] {
  return [...new Map(members.map((seen) => [groupKey(policy, seen.observation.labels), seen])).values()].map(
    ({ observation, classified }) => {
      const { service, team } = resolveTeam(policy, observation.labels);
      return { service, team, priority: classified.priority };
    },
  );
}

function countTruncated(incident: Incident | null, group: string): number {
  return incident !== null && Object.hasOwn(incident.truncated, group) ? incident.truncated[group]! : 0;
}

/** An alert that still fires and moves to another incident begins to fire there, and is counted out where it was. */
function followMovedAlert(
  change: AlertChange,
  number: number,
  moved: Map<number, { count: number; to: number }>,
): AlertChange {
  const from = change.alert.incident;
  if (change.kind !== "flapped" || from === number) return change;
  if (from !== null) moved.set(from, { count: (moved.get(from)?.count ?? 0) + 1, to: number });
  return { ...change, kind: "fired" };
}

function withoutMembers(
  memory: AlertingMemory,
  results: readonly IngestResult[],
  moved: ReadonlyMap<number, { readonly count: number; readonly to: number }>,
): readonly IngestResult[] {
  const facts = (data: { readonly count: number; readonly to: number }): Fact => ({ type: "alerts.moved", data });
  const changed = results.map(({ incident, facts: already }): IngestResult => {
    const missing = incident === null ? undefined : moved.get(incident.number);
    return { incident, facts: missing === undefined ? already : [...already, facts(missing)] };
  });
  const others = [...moved].filter(([from]) => !results.some(({ incident }) => incident?.number === from));
  return [
    ...changed,
    ...others.map(([from, data]): IngestResult => ({ incident: memory.findIncident(from), facts: [facts(data)] })),
  ];
}

function worstOf(members: readonly ReceivedAlert[]): {
  readonly worst: AlertObservation;
  readonly classified: ClassifiedPriority;
} {
  const worst = members.reduce((a, b) =>
    priorityRank(b.classified.priority) < priorityRank(a.classified.priority) ? b : a,
  );
  // With the start that counts, which is not always the reported one.
  return { worst: { ...worst.observation, startsAt: worst.change.alert.startsAt }, classified: worst.classified };
}

/** Alertmanager lists an alert once; of a sender that repeats one, the last observation counts. */
function lastOfEach(alerts: readonly AlertObservation[]): readonly AlertObservation[] {
  return [...new Map(alerts.map((alert) => [alert.fingerprint, alert])).values()];
}
