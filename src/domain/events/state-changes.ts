import {
  UNASSIGNED_ROLES,
  INCIDENT_DEFAULTS,
  type AlertCounts,
  type Incident,
  type Page,
  type RestorableFields,
  type Undo,
} from "#domain/incident/incident.ts";
import type { EscalationAnswer, EscalationState } from "#domain/incident/escalation-state.ts";
import {
  changeEscalations,
  escalationOfPage,
  stoppedEscalation,
  type EscalationKey,
} from "#domain/incident/team-escalation.ts";
import type { Instant, Milestone } from "#domain/values/language.ts";
import type { AnyEvent, EventEnvelope } from "./event-definition.ts";

// Changes of the state that several events share, and what undoing them restores.

/** Times between an end and a new beginning that are kept; an incident that begins again more often counts as down in the earlier ones. */
export const UPTIMES_KEPT = 200;

export const NO_ALERTS: AlertCounts = { total: 0, firing: 0, flaps: 0 };

/** What an end changes at most. */
export const ENDING_FIELDS: readonly (keyof RestorableFields)[] = [
  "status",
  "acknowledgedAt",
  "acknowledgedBy",
  "mitigatedAt",
  "resolvedAt",
  "resolvedBy",
  "closedAt",
  "handoff",
  "updates",
  "escalation",
  "teamEscalations",
  "commandReminders",
  "recheck",
  "falseAlarm",
  "reasonOwedBy",
];

/** What the correction of a milestone changes. */
export const CORRECTED_FIELDS: Readonly<Record<Milestone, readonly (keyof RestorableFields)[]>> = {
  began: ["detectedAt"],
  acknowledged: ["acknowledgedAt", "answerCorrectedTo"],
  mitigated: ["mitigatedAt"],
  resolved: ["resolvedAt", "mitigatedAt"],
};

/** The data of the event that opens an incident, as far as the state begins with it. */
type Opening = Pick<
  Incident,
  | "number"
  | "key"
  | "title"
  | "priority"
  | "priorityReason"
  | "unmapped"
  | "plan"
  | "route"
  | "drill"
  | "private"
  | "detectedAt"
  | "links"
> & {
  readonly declared?: { readonly by: Incident["declaredBy"]; readonly summary: string | null };
};

/** The state with which an incident begins. */
export function openedIncident({ data, at }: EventEnvelope & { readonly data: Opening }): Incident {
  const { declared, ...rest } = data;
  return {
    ...INCIDENT_DEFAULTS,
    number: rest.number,
    key: rest.key,
    title: rest.title,
    status: "triggered",
    priority: rest.priority,
    peak: rest.priority,
    priorityReason: rest.priorityReason,
    pinned: null,
    unmapped: rest.unmapped,
    plan: rest.plan,
    route: rest.route,
    drill: rest.drill,
    private: rest.private,
    episode: 1,
    detectedAt: rest.detectedAt,
    openedAt: at,
    acknowledgedAt: null,
    acknowledgedBy: null,
    mitigatedAt: null,
    resolvedAt: null,
    resolvedBy: null,
    closedAt: null,
    quietUntil: null,
    alerts: NO_ALERTS,
    truncated: {},
    roles: UNASSIGNED_ROLES,
    channel: null,
    // A private one is announced nowhere: its people have its channel alone.
    channelRequested: rest.plan.channel || rest.private,
    channelFailed: false,
    archived: false,
    pages: [],
    tickets: [],
    ticketRequested: false,
    links: rest.links,
    summary: declared?.summary ?? null,
    declaredBy: declared?.by ?? null,
    lastEvent: 0,
  };
}

/** Nothing is looked at again. */
export const NO_RECHECK = { recheck: null, falseAlarm: null, reasonOwedBy: null } as const satisfies Partial<Incident>;

/** The state after alerts of it resolved or left: with the last that fired, the re-check ends, and the silence of a false alarm. */
export function endRecheckWhenQuiet(after: Incident): Incident {
  return after.alerts.firing > 0 || (after.recheck === null && after.falseAlarm === null)
    ? after
    : { ...after, recheck: null, falseAlarm: null };
}

/** Nothing more is expected of anyone. */
export function endedIncident(before: Incident, { at }: AnyEvent): Incident {
  return {
    ...before,
    ...NO_RECHECK,
    resolvedAt: before.resolvedAt ?? at,
    resolvedBy: "person",
    closedAt: at,
    quietUntil: null,
    handoff: null,
    ...changeEscalations(before, stoppedEscalation),
    pages: closedPages(before),
  };
}

/** The pages of an incident that ended: those that reached no one, or were taken back, stay so. */
export function closedPages({ pages }: Incident): readonly Page[] {
  return pages.map((page) =>
    page.status === "failed" || page.status === "canceled" ? page : { ...page, status: "resolved" },
  );
}

/** Whether a page waits for an answer. */
export function isPageOpen({ status }: Pick<Page, "status">): boolean {
  return status === "requested" || status === "sent";
}

/** The incident after someone answered these pages. */
export function answerPages(
  { pages }: Incident,
  keys: readonly string[],
  { at, actor }: Pick<EventEnvelope, "at" | "actor">,
): readonly Page[] {
  return pages.map((page) =>
    keys.includes(page.key) && (isPageOpen(page) || page.status === "expired" || page.status === "failed")
      ? { ...page, status: "acknowledged", acknowledgedAt: at, answeredBy: { id: actor.id, name: actor.name } }
      : page,
  );
}

/** The pages of an escalation whose answer has expired: the people of the next page must answer them again. */
export function expirePages({ pages }: Incident, key: EscalationKey): readonly Page[] {
  return pages.map((page) =>
    page.status === "acknowledged" && (escalationOfPage(page) ?? null) === key ? { ...page, status: "expired" } : page,
  );
}

/** Who answers by an event: until when that holds goes by the plan. */
export function answerBy(
  { plan }: Pick<Incident, "plan">,
  { actor, at, recordedAt }: EventEnvelope,
  page: string | null,
): EscalationAnswer {
  return {
    by: { id: actor.id, name: actor.name },
    at,
    page,
    until: plan.ackExpires === null ? null : recordedAt + plan.ackExpires,
  };
}

/** An answer at another level: it stands no longer than that level lets one stand. */
export function limitAnswer(
  escalation: EscalationState,
  { ackExpires }: Incident["plan"],
  at: Instant,
): EscalationState {
  const { answered } = escalation;
  if (answered === null || ackExpires === null) return escalation;
  return { ...escalation, answered: { ...answered, until: Math.min(answered.until ?? Infinity, at + ackExpires) } };
}

/** The counts of alerts after some came (1) or went (-1); never below 0. */
export function combineCounts(a: AlertCounts, b: AlertCounts, sign: 1 | -1): AlertCounts {
  return {
    total: Math.max(0, a.total + sign * b.total),
    firing: Math.max(0, a.firing + sign * b.firing),
    flaps: Math.max(0, a.flaps + sign * b.flaps),
  };
}

/** The marks on messages after those of one message changed. */
export function changeMarks(
  before: Incident,
  { channel, id }: { readonly channel: string; readonly id: string },
  change: (by: readonly string[]) => readonly string[],
): Incident {
  const { [`${channel}:${id}`]: by = [], ...others } = before.marks;
  const now = change(by);
  return { ...before, marks: now.length === 0 ? others : { ...others, [`${channel}:${id}`]: now } };
}

/** The pages as they were before a verb that is undone: those it answered wait again, those it asked for are canceled. */
export function reopenPages(
  { pages, acknowledgedAt }: Incident,
  { restore, withdraws, answers }: Pick<Undo, "restore" | "withdraws" | "answers">,
  { actor }: Pick<EventEnvelope, "actor">,
): readonly Page[] {
  // An earlier version stored no list of the answered pages.
  const everyPage = answers === undefined && acknowledgedAt !== null && restore.acknowledgedAt === null;
  return pages.map((each): Page => {
    if (withdraws.includes(each.key))
      return each.status === "failed"
        ? each
        : { ...each, status: "canceled", canceledBy: { id: actor.id, name: actor.name } };
    const isUnanswered = everyPage || answers?.includes(each.key) === true;
    if (!isUnanswered) return each;
    const { answeredBy: _, ...page } = each;
    // Its alarm was closed with an end that is undone too: that cannot be taken back.
    if (page.status === "resolved") return { ...page, acknowledgedAt: null };
    return page.status === "acknowledged"
      ? { ...page, status: page.sentAt === null ? "requested" : "sent", acknowledgedAt: null }
      : each;
  });
}

/** The pages after some of them ended. */
export function endPages(pages: readonly Page[], keys: readonly string[]): readonly Page[] {
  return pages.map((page) => (keys.includes(page.key) ? { ...page, status: "resolved" } : page));
}

/** Pages of the incident's own team that no one has answered; one that is on its way to a person called by name still goes there. */
export function openOwnPages({ pages }: Incident): readonly Page[] {
  return pages.filter(
    (page) => page.status === "sent" || (page.status === "requested" && escalationOfPage(page) === null),
  );
}
