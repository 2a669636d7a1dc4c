import type { StoredIncident } from "#db/incidents.ts";
import type { SingleCommand } from "#domain/commands/command-registry.ts";
import { namedPage } from "#domain/commands/named-page.ts";
import { applyFacts, type Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { findPageHome } from "#domain/incident/merged-parts.ts";
import { mergeIncident } from "#domain/response/merging.ts";
import { unmergeAlerts } from "#domain/response/unmerging.ts";
import { incidentId } from "#domain/values/language.ts";
import { appendEvents, type AppendedEvents, type EventOrigin } from "#engine/base/append-events.ts";
import type { WorkingSet } from "#engine/base/working-set.ts";

// Commands that concern two incidents, since one of them was merged into the other, or is.

/** A report about a page goes to the incident where the page is by now: a merge may have taken it there. */
export function homeOfCommand(unit: WorkingSet, number: number, command: SingleCommand): number {
  const key = namedPage(command);
  const incident = unit.findIncident(number);
  if (key === null || incident === null) return number;
  return findPageHome(incident, key, (each) => unit.findIncident(each))?.incident.number ?? number;
}

/** What a merge means for both: `mergeIncident`, of incidents with their uids. */
export function decideMerge(
  stored: StoredIncident,
  mergeTarget: StoredIncident | null,
  into: number,
  ctx: Context,
): ReturnType<typeof mergeIncident> {
  return mergeIncident(withUid(stored), mergeTarget === null ? null : withUid(mergeTarget), into, ctx);
}

/** The incident that took this one in, when these facts take the merge back: that concerns it too. */
export function findMergeTarget(unit: WorkingSet, incident: Incident, facts: readonly Fact[]): StoredIncident | null {
  const isUndone = incident.status === "merged" && facts.some(({ type }) => type === "verb.undone");
  return isUndone ? unit.incident(incident.mergedInto ?? 0) : null;
}

/** Why a merge cannot be taken back: the one that took it in is itself a part of another. */
export function mergedElsewhereText({ number }: Incident, { number: into, mergedInto }: Incident): string {
  return `${incidentId(into)}, which took in ${incidentId(number)}, was merged into ${incidentId(mergedInto!)}: \`unmerge\` that first.`;
}

/** A merge is taken back: both have again what was theirs. */
export function appendUnmerge(
  unit: WorkingSet,
  stored: StoredIncident,
  mergeTarget: StoredIncident,
  facts: readonly Fact[],
  from: EventOrigin,
): readonly AppendedEvents[] {
  const undone = withUid({ ...stored, state: applyFacts(stored.state, facts, from.ctx) });
  const given = unit.mergedFrom(undone.number);
  const { returning, leaving } = unmergeAlerts(withUid(mergeTarget), undone, given, from.ctx);
  return [appendEvents(stored, [...facts, ...returning], from), appendEvents(mergeTarget, leaving, from)];
}

/** The state with the uid of its row: the pager's keys of alarms contain it. */
function withUid({ uid, state }: StoredIncident): Incident {
  return { ...state, uid };
}
