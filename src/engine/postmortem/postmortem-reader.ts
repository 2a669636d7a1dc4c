import { listAlerts, loadAlerts, toStoredAlert } from "#db/alerts.ts";
import type { QueryExecutor } from "#db/client.ts";
import { readEvents } from "#db/events.ts";
import type { StoredIncident } from "#db/incidents.ts";
import { earlierIncidents, findIncidents } from "#db/search/incident-search.ts";
import { toStoredData, toStoredState } from "#db/stored-route.ts";
import { readSectionVersions } from "#db/postmortem-texts.ts";
import { isCounted } from "#domain/reporting/incident-times.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { DraftInputs } from "#domain/postmortem/draft-inputs.ts";
import { assemblePostmortem, type PostmortemDraft, type HumanTexts } from "#domain/postmortem/postmortem.ts";
import { reviewChecklist, type PostmortemProblem } from "#domain/postmortem/review-checklist.ts";
import { attemptedSteps } from "#domain/postmortem/attempted-steps.ts";
import { wordsOf } from "#domain/postmortem/merged-words.ts";
import {
  digestWriting,
  newestTexts,
  sectionVersions,
  type EditBase,
  type SectionVersion,
} from "#domain/postmortem/section-versions.ts";
import { renderPostmortem, sectionPrompts } from "#views/postmortem/postmortem-document.ts";
import type { Engine } from "#engine/base/engine.ts";
import { readIncidentRuns, readMergedEvents } from "#engine/automation/incident-runs.ts";

/** The present postmortem: computed parts, human texts, and both as a page. */
export type Postmortem = {
  readonly draft: PostmortemDraft;
  readonly human: HumanTexts;
  readonly markdown: string;
  /** What keeps it from being reviewed. */
  readonly problems: readonly PostmortemProblem[];
  /** Every version of every section. */
  readonly writings: readonly SectionVersion[];
};

/** The most incidents with the same signature that a draft lists. */
const MAX_EARLIER_INCIDENTS = 10;
/** Alerts whose labels show where it was felt. */
const LABELLED = 500;
/** Incidents of the service in which a draft looks for what is still to be done. */
const MAX_OTHER_INCIDENTS = 50;

/** The postmortem of an incident: computed again from its events, with what people wrote. */
export async function readPostmortem(
  engine: Pick<Engine, "connection" | "clock" | "policy" | "chat" | "publicUrl">,
  { state }: StoredIncident,
): Promise<Postmortem> {
  const { db }: { db: QueryExecutor } = engine.connection;
  const policy = engine.policy();
  // Readers of this incident may not see a private one.
  const isVisible = (each: Incident): boolean => isCounted(each) && (state.private || !each.private);
  const earlier = await earlierIncidents(db, state, MAX_EARLIER_INCIDENTS, isVisible);
  const { service } = state.route;
  const others =
    service === null
      ? []
      : await findIncidents(
          db,
          { service, openTasks: true, limit: MAX_OTHER_INCIDENTS },
          (each) => isVisible(each) && each.key !== state.key,
        );
  const events = await readEvents(db, state.number);
  const [first] = events.flatMap((event) => (event.type === "alerts.fired" ? event.data.alerts : []));
  const draft = assemblePostmortem(state, events, engine.clock(), {
    tried: attemptedSteps(await readIncidentRuns(db, state, events)),
    first: first === undefined ? null : ((await loadAlerts(db, [first]))[0] ?? null),
    labels: (await listAlerts(db, { incident: state.number, limit: LABELLED })).map(({ labels }) => labels),
    earlier: earlier.map((each) => each.state),
    others: others.map((each) => each.state),
    mergedWords: (await readMergedEvents(db, state, events)).flatMap((each) => wordsOf(each.number, each.events)),
    slo: sloOf(policy, service),
    rule: policy.postmortem,
    revenue: revenueOf(policy, service),
    publicUrl: engine.publicUrl,
  });
  const all = await readSectionVersions(db, state.number);
  const human = newestTexts(all);
  const names = Object.entries(policy.people).map(([id, { name }]) => name ?? id);
  const programs = events.flatMap(({ actor }) => (actor.kind === "person" ? [] : [actor.name]));
  return {
    draft,
    human,
    markdown: renderPostmortem(draft, human),
    problems: reviewChecklist(draft, withNeutralMentions(human, engine.chat), names, programs),
    writings: all,
  };
}

/** What people wrote, with the mentions of the chat as the core reads them: it is stored as they wrote it. */
function withNeutralMentions(human: HumanTexts, chat: Engine["chat"]): HumanTexts {
  return Object.fromEntries(Object.entries(human).map(([section, text]) => [section, chat.readMentions(text)]));
}

/** A draft as the API shows it, under the names that it has always shown. */
export function publicDraft({
  firstAlertAt,
  quietPeriods,
  staleAlerts,
  sentUpdates,
  ...draft
}: PostmortemDraft): object {
  return {
    ...draft,
    incident: toStoredState(draft.incident),
    described: draft.described === null ? null : toStoredAlert(draft.described),
    alarmed: firstAlertAt,
    budget: draft.budgets[0] ?? null,
    calms: quietPeriods,
    unheard: staleAlerts,
    told: sentUpdates,
    timeline: draft.timeline.map((entry) => ({ ...entry, data: toStoredData(entry) })),
  };
}

/** The base of an edit of this page. */
export function deriveEditBase({ draft, writings: all }: Postmortem): EditBase {
  return { versions: sectionVersions(all), asked: digestWriting(sectionPrompts(draft).action_items) };
}

function revenueOf(
  { services, revenuePerMinute }: Policy,
  service: string | null,
): NonNullable<DraftInputs["revenue"]> {
  const own = service !== null && Object.hasOwn(services, service) ? services[service]!.revenuePerMinute : undefined;
  return own === undefined ? { perMinute: revenuePerMinute, of: "policy" } : { perMinute: own, of: "service" };
}

function sloOf({ services }: Policy, service: string | null): number | null {
  return (service !== null && Object.hasOwn(services, service) ? services[service]!.slo : undefined) ?? null;
}
