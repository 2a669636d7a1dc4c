import { createHmac, timingSafeEqual } from "node:crypto";
import { raw, Router } from "express";
import { z } from "zod";
import { believeTime } from "#domain/alerting/intake/reported-times.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import { hasNoteMark } from "#domain/effects/pager-mark.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { splitRecipients } from "#domain/incident/page-recipients.ts";
import { isPageRoute } from "#domain/incident/page-route.ts";
import { isPageOfEpisode } from "#domain/paging/page-episode.ts";
import { pageOfAlarm, parseAlarmKey, parsePageKey } from "#domain/paging/page-key.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { isOpen, type Actor, type Instant, type PagerUpdate } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import type { Paging } from "#ports/paging.ts";
import { PortError } from "#ports/port-error.ts";
import { readMerge } from "./pagerduty-merge.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";

export type PagerDutyDoor = {
  readonly secrets: readonly string[];
  readonly submit: SubmitCommand;
  readonly read: EngineReader;
  readonly policy: () => Policy;
  readonly clock: () => Instant;
  readonly pager: Pick<Paging, "self" | "alarmOf">;
  readonly warn: (message: string) => void;
};

/** https://developer.pagerduty.com/docs/webhooks/v3-overview/ — what we look at of it; the rest may be anything. */
const Envelope = z.object({
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
type Event = z.output<typeof Envelope>["event"];

const LIMIT = "512kb";

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

/**
 * POST /webhooks/pagerduty. 202 once it is stored, or when it is nothing for us; 401 for a signature that is surely wrong;
 * 503 when it cannot be stored or when no secret is set here: PagerDuty drops what is refused, and after three refusals the
 * whole subscription, so a fault of ours must never look like one of theirs.
 */
export function pagerDutyWebhook(door: PagerDutyDoor): Router {
  const router = Router();
  router.post("/webhooks/pagerduty", raw({ type: () => true, limit: LIMIT }), async (request, response) => {
    if (door.secrets.length === 0) {
      door.warn("PagerDuty sends webhooks but PAGERDUTY_WEBHOOK_SECRETS is not set: they wait");
      return void response.status(503).set("retry-after", "60").json({ error: "PAGERDUTY_WEBHOOK_SECRETS is not set" });
    }
    const body: Buffer = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    if (!hasValidSignature(body, request.get("x-pagerduty-signature") ?? "", door.secrets))
      return void response.status(401).json({ error: "no signature by one of PAGERDUTY_WEBHOOK_SECRETS" });
    const parsed = Envelope.safeParse(jsonOf(body));
    if (!parsed.success) return void response.status(202).json({ taken: false });
    try {
      response.status(202).json({ taken: await take(door, parsed.data.event, request.get("x-webhook-id") ?? null) });
    } catch (error) {
      response
        .status(503)
        .set("retry-after", "5")
        .json({ error: `not stored: ${error instanceof Error ? error.message : ""}` });
    }
  });
  return router;
}

/** Whether the raw body carries an HMAC-SHA256 by one of the secrets; several signatures are sent while secrets are rotated. */
export function hasValidSignature(body: Buffer, header: string, secrets: readonly string[]): boolean {
  const given = header
    .split(",")
    .map((each) => /^v1=([0-9a-f]{64})$/.exec(each.trim())?.[1])
    .filter((each) => each !== undefined)
    .map((hex) => Buffer.from(hex, "hex"));
  return secrets.some((secret) => {
    const expected = createHmac("sha256", secret).update(body).digest();
    return given.some((signature) => timingSafeEqual(expected, signature));
  });
}

async function take(door: PagerDutyDoor, event: Event, delivery: string | null): Promise<boolean> {
  const what = Object.hasOwn(PAGER_UPDATE_BY_TYPE, event.event_type) ? PAGER_UPDATE_BY_TYPE[event.event_type]! : null;
  if (what === null) return false;
  // An integration, and the user in whose name we write, do there what we have done: that we know.
  if (what === "told" ? !/^user/.test(event.agent?.type ?? "") : /integration/.test(event.agent?.type ?? ""))
    return false;
  if (what === "told" && event.agent?.id !== undefined && event.agent.id === (await orNull(door.pager.self())))
    return false;
  const alarm = alarmIn(event.data) ?? named(await orNull(askFor(door.pager, event.data)));
  if (alarm === null) return false;
  const text = textOf(event);
  // A note that we wrote comes back with our mark on it.
  if (text === null || hasNoteMark(text)) return false;
  const incident = await door.read.incident(alarm.number);
  if (incident === null || pageOfAlarm(incident.pages, alarm.key) === undefined) return false;
  if (isEcho(event, incident, door.policy(), door.clock())) return false;
  const actor = actorOf(event, door.policy());
  await door.submit(
    createSubmission({
      key: `pagerduty:${delivery ?? event.id}`,
      urgency: 0,
      actor,
      at: believeTime(Date.parse(event.occurred_at ?? "") || door.clock(), door.clock()).at,
      evidence: linkIn(event.data),
      body: {
        type: "incident",
        incident: alarm.number,
        command: (what === "resolved" ? await mergeOf(door, event, incident, alarm, actor) : null) ?? {
          type: "pager.heard",
          what,
          alarm: alarm.key,
          text,
        },
      },
    }),
  );
  return true;
}

/**
 * An alarm was merged there into another, which PagerDuty tells as its resolution. When a person merged it into an alarm
 * of another incident of ours, that is a merge here; else it is only told. null: it was no merge.
 */
async function mergeOf(
  { pager }: PagerDutyDoor,
  { data, agent }: Event,
  incident: Incident,
  alarm: OurAlarm,
  actor: Actor,
): Promise<IncidentCommand | null> {
  const merge = readMerge(data);
  if (merge === null) return null;
  const said = `merged in PagerDuty into ${merge.summary} by ${agent?.summary ?? "PagerDuty itself"}`;
  const into = named(await orNull(pager.alarmOf(merge.id)));
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
  { event_type: type, data }: Event,
  { pages, priority }: Incident,
  policy: Policy,
  now: Instant,
): boolean {
  const recent = pages.filter(({ sentAt, requestedAt }) => now - (sentAt ?? requestedAt) < ECHO_MS);
  switch (type) {
    case "incident.priority_updated":
      return namesOf(data?.["priority"]) === priority;
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
function alarmIn(data: Event["data"]): OurAlarm | null {
  const inner = data?.["incident"];
  const of = [data, typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>) : null];
  return of.map((each) => named(each?.["incident_key"])).find((alarm) => alarm !== null) ?? null;
}

/** An alarm of ours by what we called it. */
function named(key: unknown): OurAlarm | null {
  if (typeof key !== "string") return null;
  const page = parsePageKey(parseAlarmKey(key) ?? "");
  return page === null ? null : { key, number: page.incident };
}

/** Events about notes and responders name the incident only by PagerDuty's own id: what we called its alarm has to be asked. */
async function askFor(pager: PagerDutyDoor["pager"], data: Event["data"]): Promise<string | null> {
  const inner = data?.["incident"];
  const id = typeof inner === "object" && inner !== null && "id" in inner ? inner.id : null;
  return typeof id === "string" && /^\w{1,64}$/.test(id) ? pager.alarmOf(id) : null;
}

/** PagerDuty's answer, or null when it has none now: news of other people's incidents must not wait for it. */
async function orNull<T>(lookup: Promise<T>): Promise<T | null> {
  try {
    return await lookup;
  } catch (error) {
    if (error instanceof PortError && !error.retryable) return null;
    throw error;
  }
}

function linkIn(data: Event["data"]): string | null {
  const url = data?.["html_url"];
  return typeof url === "string" && /^https:\/\//.test(url) ? url : null;
}

/** Who did it there: as the policy calls them, else as PagerDuty does. */
function actorOf({ agent }: Event, policy: Policy): Actor {
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
function textOf({ event_type: type, agent, data }: Event): string | null {
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

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return null;
  }
}
