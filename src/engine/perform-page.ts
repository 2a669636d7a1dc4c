import { underway } from "#db/effects.ts";
import type { StoredIncident } from "#db/incidents.ts";
import { incidentId } from "#domain/language.ts";
import type { Job, Performed, Performer } from "./job.ts";
import { pageUrl } from "./links.ts";

/** ms until it is looked again whether a page is on its way. */
const LOOK_AGAIN_MS = 500;

/** Wakes people, unless nobody needs to be woken any more: the page may have waited for a pager that was down. */
export const trigger: Performer<"page.trigger"> = async (effect, job) => {
  const { stored, engine } = incidentOf(job);
  const { state } = stored;
  const wanted = state.pages.find(({ key }) => key === effect.key);
  if (wanted !== undefined && wanted.status !== "requested") return {};
  await engine.paging.trigger({
    dedupKey: wanted?.apart === true ? apartKey(stored, effect.key) : dedupKey(stored, effect.episode),
    to: effect.to,
    people: effect.people,
    priority: effect.priority,
    incident: incidentId(state.number),
    // A page goes past people who are not in on a private incident: it says where to look, and nothing else.
    summary: state.private
      ? `${state.priority} ${incidentId(state.number)}: private, open the link`
      : `${state.priority} ${incidentId(state.number)}: ${state.title}`,
    source: state.private ? incidentId(state.number) : (state.route.service ?? state.title),
    url: pageUrl(engine, state.number),
  });
  return { commands: [{ type: "page.sent", key: effect.key, to: effect.to, via: engine.paging.name }] };
};

export const acknowledge: Performer<"page.acknowledge"> = (effect, job) =>
  afterItsPages(job, async ({ stored, engine }) => {
    for (const key of keysOf(stored, effect.episode)) await engine.paging.acknowledge(key);
  });

export const resolve: Performer<"page.resolve"> = (effect, job) =>
  afterItsPages(job, async ({ stored, engine }) => {
    for (const key of keysOf(stored, effect.episode)) await engine.paging.resolve(key);
  });

export const withdraw: Performer<"page.withdraw"> = (effect, job) =>
  afterItsPages(job, async ({ stored, engine }) =>
    engine.paging.resolve(effect.episode === undefined ? apartKey(stored, effect.key) : dedupKey(stored, effect.episode)),
  );

type WithIncident = Job & { readonly stored: StoredIncident };

/** Waits while a page of the incident is on its way: the pager must hear of an alarm before it hears of its end. */
async function afterItsPages(job: Job, run: (job: WithIncident) => Promise<void>): Promise<Performed> {
  const known = incidentOf(job);
  if (await underway(job.engine.connection.db, known.stored.state.number, "page.trigger")) return { again: { inMs: LOOK_AGAIN_MS } };
  await run(known);
  return {};
}

/** The incident's alarm, and those of people who were called in particular. */
function keysOf(stored: StoredIncident, episode: number): readonly string[] {
  return [dedupKey(stored, episode), ...stored.state.pages.filter(({ apart }) => apart === true).map(({ key }) => apartKey(stored, key))];
}

/** A new episode of an incident is a new alarm for the paging service, which never re-opens a resolved one. */
function dedupKey({ uid }: StoredIncident, episode: number): string {
  return `muster:${uid}:${episode}`;
}

function apartKey({ uid }: StoredIncident, page: string): string {
  return `muster:${uid}:${page}`;
}

function incidentOf(job: Job): WithIncident {
  if (job.stored === null) throw new Error(`bug: ${job.ask.key} without an incident`);
  return { ...job, stored: job.stored };
}
