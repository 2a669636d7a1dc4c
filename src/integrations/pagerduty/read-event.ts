import { z } from "zod";
import { believeTime } from "#domain/alerting/intake/reported-times.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import { hasNoteMark } from "#domain/effects/pager-mark.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { splitRecipients } from "#domain/incident/page-recipients.ts";
import { isPageRoute } from "#domain/incident/page-route.ts";
import { isPageOfEpisode } from "#domain/paging/page-episode.ts";
import { isAlarmOf, pageOfAlarm, parseAlarmKey, parsePageKey } from "#domain/paging/page-key.ts";
import { pagerPriorityNames } from "#domain/policy/pager-priority.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { isOpen, type Actor, type Instant, type PagerUpdate } from "#domain/values/language.ts";
import type { PagerEvent, PagerEventContext } from "#ports/paging.ts";
import { PortError } from "#ports/port-error.ts";
import { readMerge } from "./merged-incident.ts";

// PagerDuty's webhooks: what happened there, as it is told to us.

/** https://developer.pagerduty.com/docs/webhooks/v3-overview/ — what we look at of it; the rest may be anything. */
const PagerDutyEnvelope = z.object({
  event: z.object({
    id: z.string(),
    event_type: z.string(),
    occurred_at: z.string().optional(),
    agent: z
      .object({ id: z.string().optional(), type: z.string().optional(), summary: z.string().optional() })
      .nullish(),
    data: z.looseObject({}).nullish(),
  }),
});
type PagerDutyEvent = z.output<typeof PagerDutyEnvelope>["event"];

/** What each kind of event is for us. One that is not here is taken and left: new ones appear, and a refusal would cost the subscription. */
const PAGER_UPDATE_BY_TYPE: Readonly<Record<string, PagerUpdate>> = {
  "incident.acknowledged": "acknowledged",
  "incident.unacknowledged": "unacknowledged",
  "incident.resolved": "resolved",
  "incident.reopened": "reopened",
  "incident.escalated": "told",
  "incident.delegated": "told",
  "incident.reassigned": "told",
  "incident.priority_updated": "told",
  "incident.annotated": "told",
  "incident.status_update_published": "told",
  "incident.responder.added": "told",
  "incident.responder.replied": "told",
};

/** What has to be asked of PagerDuty to understand some events. */
export type EventLookups = {
  /** Our own id there; null when unknown. */
  readonly self: () => Promise<string | null>;
  /** The key of the alarm of an incident, by PagerDuty's id. */
  readonly alarmOf: (id: string) => Promise<string | null>;
};

/** Its event, when it is of a kind that is for us, and not our own doing coming back as news. */
function eventIn(raw: string): { readonly event: PagerDutyEvent; readonly what: PagerUpdate } | null {
  const parsed = PagerDutyEnvelope.safeParse(jsonOf(raw));
  if (!parsed.success) return null;
  const { event } = parsed.data;
  const what = Object.hasOwn(PAGER_UPDATE_BY_TYPE, event.event_type) ? PAGER_UPDATE_BY_TYPE[event.event_type]! : null;
  if (what === null) return null;
  // An integration, and the user in whose name we write, do there what we have done: that we know.
  const isOwn = what === "told" ? !/^user/.test(event.agent?.type ?? "") : /integration/.test(event.agent?.type ?? "");
  return isOwn ? null : { event, what };
}

/**
 * Changes of an alarm name it by our own key, and are understood as they are, but for a merge, which is told as a
 * resolution. Whose doing the rest is, and often which alarm it is about, has to be asked.
 */
export function outlinePagerDutyEvent(raw: string): { readonly id: string; readonly needsLookup: boolean } | null {
  const found = eventIn(raw);
  if (found === null) return null;
  const { event, what } = found;
  if (what === "told") return { id: event.id, needsLookup: true };
  return alarmIn(event.data) === null ? null : { id: event.id, needsLookup: readMerge(event.data) !== null };
}

/**
 * A webhook's body as a command for the incident of ours that it is about; null when it is nothing for us.
 *
 * @throws PortError while PagerDuty, which has to be asked, does not answer
 */
export async function readPagerDutyEvent(
  raw: string,
  known: PagerEventContext,
  lookups: EventLookups,
): Promise<PagerEvent | null> {
  const found = eventIn(raw);
  if (found === null) return null;
  const { event, what } = found;
  if (what === "told" && event.agent?.id !== undefined && event.agent.id === (await orNull(lookups.self())))
    return null;
  const alarm = alarmIn(event.data) ?? namedAlarm(await orNull(askFor(lookups, event.data)));
  if (alarm === null) return null;
  const text = textOf(event);
  // A note that we wrote comes back with our mark on it.
  if (text === null || hasNoteMark(text)) return null;
  const incident = await known.incident(alarm.number);
  if (incident === null || !isAlarmOf(incident, alarm.key) || pageOfAlarm(incident.pages, alarm.key) === undefined)
    return null;
  if (isEcho(event, incident, known.policy, known.now)) return null;
  const actor = actorOf(event, known.policy);
  const merge = what === "resolved" ? await mergeOf(lookups, event, incident, alarm, actor) : null;
  return {
    incident: alarm.number,
    command: merge ?? { type: "pager.heard", what, alarm: alarm.key, text },
    actor,
    at: believeTime(Date.parse(event.occurred_at ?? "") || known.now, known.now).at,
    evidence: linkIn(event.data),
  };
}

/**
 * An alarm was merged there into another, which PagerDuty tells as its resolution. When a person merged it into an alarm
 * of another incident of ours, that is a merge here; else it is only told. null: it was no merge.
 */
async function mergeOf(
  { alarmOf }: EventLookups,
  { data, agent }: PagerDutyEvent,
  incident: Incident,
  alarm: OurAlarm,
  actor: Actor,
): Promise<IncidentCommand | null> {
  const merge = readMerge(data);
  if (merge === null) return null;
  const said = `merged in PagerDuty into ${merge.summary} by ${agent?.summary ?? "PagerDuty itself"}`;
  const into = namedAlarm(await orNull(alarmOf(merge.id)));
  const page = pageOfAlarm(incident.pages, alarm.key);
  const own = page !== undefined && page.apart !== true && isPageOfEpisode(page, incident);
  return into !== null && into.number !== incident.number && own && actor.kind === "person" && isOpen(incident.status)
    ? { type: "incident.merge", into: into.number, told: said }
    : { type: "pager.heard", what: "told", alarm: alarm.key, text: said };
}

/** How long what we did there may take to come back as news, in ms. */
const ECHO_MS = 10 * MINUTE_MS;

/**
 * Whether an event only says what we have done there ourselves, in the name of our own user: who was asked to help because
 * we asked them, a level that we escalated to, the priority that the incident has here.
 */
function isEcho(
  { event_type: type, data }: PagerDutyEvent,
  { pages, priority }: Incident,
  policy: Policy,
  now: Instant,
): boolean {
  const recent = pages.filter(({ sentAt, requestedAt }) => now - (sentAt ?? requestedAt) < ECHO_MS);
  switch (type) {
    case "incident.priority_updated":
      return pagerPriorityNames(policy, priority).includes(namesOf(data?.["priority"]));
    case "incident.responder.added": {
      const user = data?.["user"] as { readonly id?: unknown } | undefined;
      const people = Object.entries(policy.people);
      const nameOf = ([id, { name = id }]: (typeof people)[number]): string => name;
      const isKnown = (name: string): boolean => people.some((each) => nameOf(each) === name);
      const known = people.find(([, each]) => each.pagerduty !== undefined && each.pagerduty === user?.id);
      return (
        known !== undefined &&
        recent.some(
          ({ to, via }) =>
            isPageRoute(via, "responder request") && splitRecipients(to, isKnown).includes(nameOf(known)),
        )
      );
    }
    case "incident.escalated":
      return recent.some(({ via }) => isPageRoute(via, "escalation"));
    default:
      return false;
  }
}

type OurAlarm = { readonly key: string; readonly number: number };

/** The alarm of ours that an event is about: its key is what we called it when we started it. */
function alarmIn(data: PagerDutyEvent["data"]): OurAlarm | null {
  const inner = data?.["incident"];
  const of = [data, typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>) : null];
  return of.map((each) => namedAlarm(each?.["incident_key"])).find((alarm) => alarm !== null) ?? null;
}

/** An alarm of ours by what we called it. */
function namedAlarm(key: unknown): OurAlarm | null {
  if (typeof key !== "string") return null;
  const page = parsePageKey(parseAlarmKey(key) ?? "");
  return page === null ? null : { key, number: page.incident };
}

/** Events about notes and responders name the incident only by PagerDuty's own id: what we called its alarm has to be asked. */
async function askFor({ alarmOf }: EventLookups, data: PagerDutyEvent["data"]): Promise<string | null> {
  const inner = data?.["incident"];
  const id = typeof inner === "object" && inner !== null && "id" in inner ? inner.id : null;
  return typeof id === "string" && /^\w{1,64}$/.test(id) ? alarmOf(id) : null;
}

/** PagerDuty's answer, or null when it refuses one: news of other people's incidents must not wait for it. */
async function orNull<T>(lookup: Promise<T>): Promise<T | null> {
  try {
    return await lookup;
  } catch (error) {
    if (error instanceof PortError && !error.retryable) return null;
    throw error;
  }
}

function linkIn(data: PagerDutyEvent["data"]): string | null {
  const url = data?.["html_url"];
  return typeof url === "string" && /^https:\/\//.test(url) ? url : null;
}

/** Who did it there: as the policy calls them, else as PagerDuty does. */
function actorOf({ agent }: PagerDutyEvent, policy: Policy): Actor {
  const person = Object.entries(policy.people).find(
    ([, each]) => agent?.id !== undefined && each.pagerduty === agent.id,
  );
  if (person !== undefined)
    return { kind: "person", id: person[1].chatId ?? person[0], name: person[1].name ?? person[0] };
  const known = /^user/.test(agent?.type ?? "");
  return {
    kind: known ? "person" : "source",
    id: known ? `pagerduty:${agent?.id ?? ""}` : "pagerduty",
    name: agent?.summary ?? "PagerDuty",
  };
}

/** The event in words; null when there is nothing to record. */
function textOf({ event_type: type, agent, data }: PagerDutyEvent): string | null {
  const person = agent?.summary ?? "PagerDuty itself";
  switch (type) {
    case "incident.annotated":
      return typeof data?.["content"] === "string" ? `${person} in PagerDuty: ${data["content"]}` : null;
    case "incident.status_update_published":
      return typeof data?.["message"] === "string" ? `${person} in PagerDuty: ${data["message"]}` : null;
    case "incident.reassigned":
    case "incident.delegated":
    case "incident.escalated":
      return `${type.slice("incident.".length)} in PagerDuty by ${person}${namesOf(data?.["assignees"]) === "" ? "" : ` to ${namesOf(data?.["assignees"])}`}`;
    case "incident.priority_updated":
      return `${person} set the priority in PagerDuty to ${namesOf(data?.["priority"]) || "none"}`;
    case "incident.responder.added":
      return `${namesOf(data?.["user"]) || "somebody"} was asked to help in PagerDuty by ${person}`;
    case "incident.responder.replied":
      return `${namesOf(data?.["user"]) || person} answered in PagerDuty: ${[data?.["message"], data?.["state"]].find((each) => typeof each === "string") ?? ""}`;
    default:
      return `${type.slice("incident.".length).replace("_", " ")} in PagerDuty by ${person}`;
  }
}

/** What PagerDuty calls a thing, or several. */
function namesOf(value: unknown): string {
  return (Array.isArray(value) ? (value as unknown[]) : [value])
    .map((each) => (typeof each === "object" && each !== null && "summary" in each ? String(each.summary) : ""))
    .filter((each) => each !== "")
    .join(", ");
}

function jsonOf(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return null;
  }
}
