import { z } from "zod";
import { believeTime } from "#domain/alerting/intake/reported-times.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import { hasNoteMark } from "#domain/effects/pager-mark.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import { splitRecipients } from "#domain/incident/page-recipients.ts";
import { isPageRoute } from "#domain/incident/page-route.ts";
import { isPageOfEpisode } from "#domain/paging/page-episode.ts";
import { pageOfAlarm } from "#domain/paging/page-key.ts";
import { isHeldThere } from "#domain/paging/pager/pager.ts";
import { pagerPriorityNames } from "#domain/policy/pager-priority.ts";
import { resolveActor } from "#domain/policy/people.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { distinctName } from "#domain/values/access/reserved-name.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { isOpen, type Actor, type Instant, type PagerUpdate } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import type { PagerEvent, PagerEventContext, PagerEventOutline } from "#ports/paging.ts";
import { PortError } from "#ports/port-error.ts";
import { readMerge } from "./merged-incident.ts";
import { alarmIn, incidentOf, namedAlarm, type OurAlarm } from "./our-alarm.ts";

// PagerDuty's webhooks: what happened there, as PagerDuty reports it.

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
  // Events of an integration, and of the user in whose name we write, are our own doing: we have those already.
  const isOwn = what === "told" ? !/^user/.test(event.agent?.type ?? "") : /integration/.test(event.agent?.type ?? "");
  return isOwn ? null : { event, what };
}

/**
 * Changes of an alarm name it by our own key, and are understood as they are, except for a merge, which arrives as a
 * resolution. For everything else PagerDuty must be asked who did it, and often which alarm it is about.
 */
export function outlinePagerDutyEvent(raw: string): PagerEventOutline | null {
  const found = eventIn(raw);
  if (found === null) return null;
  const { event, what } = found;
  const { id, data } = event;
  const at = Date.parse(event.occurred_at ?? "") || null;
  if (what === "told") return { id, at, needsLookup: true };
  return alarmIn(data) === null ? null : { id, at, needsLookup: readMerge(data) !== null };
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
  const incident = await incidentOf(alarm, known);
  if (incident === null) return null;
  if (isEcho(event, incident, known.policy, known.now)) return null;
  const actor = actorOf(event, known.policy);
  const merge = what === "resolved" ? await mergeOf(lookups, event, { incident, alarm, actor }, known) : null;
  const occurred = Date.parse(event.occurred_at ?? "");
  const { at } = believeTime(occurred || known.now, known.now);
  const meaning = what === "told" && isHandover(event, incident, alarm, at) ? "unacknowledged" : what;
  return {
    incident: incident.number,
    command: merge ?? {
      type: "pager.heard",
      what: meaning,
      alarm: alarm.key,
      text,
      // A time far ahead would overtake all that comes after it.
      ...(occurred <= known.now + AHEAD_MS ? { occurred } : {}),
    },
    actor,
    at,
    evidence: linkIn(event.data),
  };
}

/**
 * An alarm was merged there into another, which PagerDuty reports as its resolution. When a person merged it into an
 * alarm of another incident of ours, that is a merge here; else it is only recorded. null: it was no merge.
 */
async function mergeOf(
  { alarmOf }: EventLookups,
  { data, agent }: PagerDutyEvent,
  { incident, alarm, actor }: { readonly incident: Incident; readonly alarm: OurAlarm; readonly actor: Actor },
  known: PagerEventContext,
): Promise<IncidentCommand | null> {
  const merge = readMerge(data);
  if (merge === null) return null;
  const text = `merged in PagerDuty into ${merge.summary} by ${agent?.summary ?? "PagerDuty itself"}`;
  const named = namedAlarm(await orNull(alarmOf(merge.id)));
  const into = named === null ? null : await incidentOf(named, known);
  const page = pageOfAlarm(incident.pages, alarm.key);
  const own = page !== undefined && page.apart !== true && isPageOfEpisode(page, incident);
  return into !== null && into.number !== incident.number && own && actor.kind === "person" && isOpen(incident.status)
    ? { type: "incident.merge", into: into.number, told: text }
    : { type: "pager.heard", what: "told", alarm: alarm.key, text };
}

/** They take an alarm from the person who had it. PagerDuty reports a timed-out acknowledgement by itself, but not this. */
const HANDOVERS: ReadonlySet<string> = new Set(["incident.reassigned", "incident.delegated", "incident.escalated"]);

/**
 * Whether an alarm that someone had was given to others there, who have not answered: it is triggered again. Such events are
 * read after PagerDuty was asked about them, so an answer that is newer may be known already.
 */
function isHandover(
  { event_type: type, data }: PagerDutyEvent,
  incident: Incident,
  alarm: OurAlarm,
  at: Instant,
): boolean {
  const page = pageOfAlarm(incident.pages, alarm.key);
  if (!HANDOVERS.has(type) || data?.["status"] !== "triggered" || page === undefined) return false;
  const answeredAt = page.acknowledgedAt ?? incident.acknowledgedAt;
  return isHeldThere(incident, page) && (answeredAt === null || answeredAt <= at);
}

/** How far ahead of ours PagerDuty's clock may be, in ms. */
const AHEAD_MS = 5 * MINUTE_MS;

/** How long what we did there may take to come back as news, in ms. */
const ECHO_MS = 10 * MINUTE_MS;

/**
 * Whether an event only repeats what we have done there ourselves, in the name of our own user: a request for
 * responders that we made, a level that we escalated to, the priority that the incident has here.
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
      const known = Object.entries(policy.people).find(
        ([, { pagerduty }]) => pagerduty !== undefined && pagerduty === user?.id,
      );
      return (
        known !== undefined &&
        recent.some((page) => isPageRoute(page.via, "responder request") && isPageTo(page, known[0], policy))
      );
    }
    case "incident.escalated":
      return recent.some(({ via }) => isPageRoute(via, "escalation"));
    default:
      return false;
  }
}

/** Whether a page called someone, by their id in the policy. What an earlier version stored has only the names that people read. */
function isPageTo({ people, to }: Page, id: string, policy: Policy): boolean {
  if (people !== undefined) return people.includes(id);
  const nameOf = (each: string): string => policy.people[each]!.name ?? each;
  const names = new Set(Object.keys(policy.people).map(nameOf));
  return splitRecipients(to, (name) => names.has(name)).includes(nameOf(id));
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
  // It is stored with everything that they do there.
  const name = oneLine(agent?.summary ?? "", 100) || "PagerDuty";
  return known
    ? resolveActor(policy, { id: `pagerduty:${agent?.id ?? ""}`, name })
    : { kind: "source", id: "pagerduty", name: distinctName({ id: "pagerduty", name }) };
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
      return `${namesOf(data?.["user"]) || "someone"} was asked to help in PagerDuty by ${person}`;
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
