import { listAlerts, loadAlerts } from "#db/alerts.ts";
import type { Executor } from "#db/client.ts";
import { readEvents } from "#db/events.ts";
import { earlierOfKey, listIncidents, type StoredIncident } from "#db/incidents.ts";
import { writings } from "#db/postmortems.ts";
import { counts } from "#domain/case.ts";
import type { Incident } from "#domain/incident.ts";
import type { Policy } from "#domain/policy.ts";
import { assemble, type Around, type Draft, type HumanTexts } from "#domain/postmortem.ts";
import { lint, type Problem } from "#domain/postmortem-lint.ts";
import { triedBy } from "#domain/run-tried.ts";
import { digest, textsOf, versionsOf, type Base, type Writing } from "#domain/writing.ts";
import { postmortem, questions } from "#views/postmortem.ts";
import type { Engine } from "./engine.ts";
import { runsWithin } from "#engine/runs/within.ts";

/** A postmortem as it stands now: what is computed, what people wrote, and both as a page. */
export type Postmortem = {
  readonly draft: Draft;
  readonly human: HumanTexts;
  readonly markdown: string;
  /** What keeps it from being reviewed. */
  readonly problems: readonly Problem[];
  /** Every version of every section. */
  readonly writings: readonly Writing[];
};

/** Incidents with the same signature that a draft tells of. */
const EARLIER = 10;
/** Alerts whose labels say where it was felt. */
const LABELLED = 500;
/** Incidents of the service in which a draft looks for what is still to be done. */
const OTHERS = 50;

/** The postmortem of an incident: computed anew from its events, with what people wrote. */
export async function postmortemOf(engine: Pick<Engine, "connection" | "clock" | "policy">, { state }: StoredIncident): Promise<Postmortem> {
  const { db }: { db: Executor } = engine.connection;
  const policy = engine.policy();
  const before = (await earlierOfKey(db, state, EARLIER)).map((each) => each.state);
  const { service } = state.route;
  const others = service === null ? [] : (await listIncidents(db, { service, limit: OTHERS })).map((each) => each.state);
  // Whoever may read of this one may not know of a private one.
  const told = (each: Incident): boolean => counts(each) && (state.private || !each.private);
  const events = await readEvents(db, state.number);
  const [first] = events.flatMap((event) => (event.type === "alerts.fired" ? event.data.alerts : []));
  const draft = assemble(state, events, engine.clock(), {
    tried: triedBy(await runsWithin(db, state, events)),
    first: first === undefined ? null : ((await loadAlerts(db, [first]))[0] ?? null),
    labels: (await listAlerts(db, { incident: state.number, limit: LABELLED })).map(({ labels }) => labels),
    earlier: before.filter(told),
    others: others.filter((each) => told(each) && each.key !== state.key),
    slo: sloOf(policy, service),
    rule: policy.postmortem,
    revenue: revenueOf(policy, service),
  });
  const all = await writings(db, state.number);
  const human = textsOf(all);
  const names = Object.entries(policy.people).map(([id, { name }]) => name ?? id);
  return { draft, human, markdown: postmortem(draft, human), problems: lint(draft, human, names), writings: all };
}

/** What whoever edits this page begins with. */
export function baseOf({ draft, writings: all }: Postmortem): Base {
  return { versions: versionsOf(all), asked: digest(questions(draft).action_items) };
}

function revenueOf({ services, revenuePerMinute }: Policy, service: string | null): NonNullable<Around["revenue"]> {
  const own = service !== null && Object.hasOwn(services, service) ? services[service]!.revenuePerMinute : undefined;
  return own === undefined ? { perMinute: revenuePerMinute, of: "policy" } : { perMinute: own, of: "service" };
}

function sloOf({ services }: Policy, service: string | null): number | null {
  return (service !== null && Object.hasOwn(services, service) ? services[service]!.slo : undefined) ?? null;
}
