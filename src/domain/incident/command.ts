import { z } from "zod";
import type { ReplyTo } from "./reply-to.ts";
import { ArrangementCommand } from "#domain/alerting/arrangement.ts";
import { RunEvent } from "#domain/events/run-event.ts";
import { Channel, Message, Person } from "#domain/events/schemas.ts";
import {
  AUDIENCES,
  MILESTONES,
  PAGER_UPDATES,
  PRIORITIES,
  ROLES,
  TASK_KINDS,
  TICKET_CHANGES,
  TIMERS,
  type Actor,
  type Instant,
} from "#domain/values/language.ts";

/** What a person says when they declare an incident; only the title is asked of them. */
export const Declaration = z.object({
  title: z.string(),
  priority: z.enum(PRIORITIES).nullable(),
  service: z.string().nullable(),
  summary: z.string().nullable(),
  private: z.boolean(),
  /** false: nobody is paged; who declares it has them in the room already. */
  page: z.boolean(),
  drill: z.boolean(),
});
export type Declaration = z.output<typeof Declaration>;

/** Commands to one incident, as they are stored. The zod schema is the border of the database. */
export const IncidentCommand = z.discriminatedUnion("type", [
  z.object({ type: z.literal("incident.acknowledge") }),
  z.object({ type: z.literal("incident.mitigate") }),
  z.object({ type: z.literal("incident.resolve"), reason: z.string().nullable() }),
  z.object({ type: z.literal("incident.set_priority"), priority: z.enum(PRIORITIES), reason: z.string().nullable() }),
  z.object({ type: z.literal("incident.reopen"), reason: z.string().nullable() }),
  z.object({ type: z.literal("incident.close") }),
  z.object({ type: z.literal("incident.cancel"), reason: z.string() }),
  z.object({ type: z.literal("incident.set_title"), title: z.string() }),
  /** Everything this one has goes to the other, which goes on. */
  z.object({ type: z.literal("incident.merge"), into: z.number() }),
  /** Somebody looked whether the ladder goes on. */
  z.object({ type: z.literal("escalation.audit") }),
  z.object({ type: z.literal("incident.escalate"), reason: z.string().nullable() }),
  /** `to`: a person, or a team of the policy. */
  z.object({
    type: z.literal("incident.page"),
    to: z.discriminatedUnion("kind", [z.object({ kind: z.literal("person"), person: Person }), z.object({ kind: z.literal("team"), team: z.string() })]),
    message: z.string().nullable(),
  }),
  z.object({ type: z.literal("undo") }),
  z.object({ type: z.literal("role.claim"), role: z.enum(ROLES) }),
  /** null: nobody holds it any more. */
  z.object({ type: z.literal("role.assign"), role: z.enum(ROLES), person: Person.nullable() }),
  z.object({ type: z.literal("handoff.offer"), to: Person }),
  z.object({ type: z.literal("handoff.accept") }),
  z.object({ type: z.literal("handoff.decline") }),
  z.object({ type: z.literal("note.add"), text: z.string() }),
  z.object({ type: z.literal("update.post"), text: z.string(), audience: z.enum(AUDIENCES) }),
  z.object({ type: z.literal("task.add"), kind: z.enum(TASK_KINDS), text: z.string(), owner: Person.nullable(), due: z.string().nullable() }),
  z.object({ type: z.literal("task.done"), id: z.number() }),
  /** A follow-up becomes a ticket of its own; null: every one that has none. */
  z.object({ type: z.literal("task.ticket"), id: z.number().nullable() }),
  z.object({ type: z.literal("task.ticketed"), id: z.number(), key: z.string(), url: z.string(), note: z.string().nullish() }),
  z.object({ type: z.literal("task.ticket_failed"), id: z.number(), reason: z.string() }),
  /** Somebody marks a message for the timeline, or takes their mark away. `id` is the message's in its channel. */
  z.object({ type: z.literal("message.mark"), channel: z.string(), id: z.string(), thread: z.string().nullable() }),
  z.object({ type: z.literal("message.unmark"), channel: z.string(), id: z.string() }),
  z.object({ type: z.literal("message.captured"), channel: z.string(), message: Message }),
  z.object({ type: z.literal("message.edited"), channel: z.string(), id: z.string(), text: z.string() }),
  z.object({ type: z.literal("message.deleted"), channel: z.string(), id: z.string() }),
  /** Something happened to the channel by hand. */
  z.object({ type: z.literal("member.joined"), person: Person }),
  z.object({ type: z.literal("member.left"), person: Person }),
  z.object({ type: z.literal("channel.renamed"), name: z.string() }),
  z.object({ type: z.literal("channel.drifted"), what: z.string(), repaired: z.boolean() }),
  /** A verb that was not allowed: kept for the audit. */
  z.object({ type: z.literal("verb.refused"), verb: z.string(), reason: z.string() }),
  z.object({ type: z.literal("alerts.unheard"), count: z.number(), since: z.number() }),
  z.object({ type: z.literal("timer.due"), timer: z.enum(TIMERS), due: z.number() }),
  z.object({ type: z.literal("channel.opened"), channel: Channel }),
  z.object({ type: z.literal("channel.failed"), reason: z.string() }),
  z.object({ type: z.literal("channel.archived") }),
  z.object({ type: z.literal("chat.failed"), what: z.string(), reason: z.string() }),
  /** The pager says what somebody did there; `alarm` is which of ours. */
  z.object({ type: z.literal("pager.heard"), what: z.enum(PAGER_UPDATES), alarm: z.string(), text: z.string() }),
  z.object({ type: z.literal("page.sent"), key: z.string(), to: z.string(), via: z.string() }),
  z.object({ type: z.literal("page.failed"), key: z.string(), to: z.string(), reason: z.string() }),
  /** The pager did not take a page; it is tried again until it does. */
  z.object({ type: z.literal("page.delayed"), key: z.string(), to: z.string(), reason: z.string() }),
  z.object({ type: z.literal("ticket.opened"), key: z.string(), url: z.string(), note: z.string().nullish() }),
  z.object({ type: z.literal("ticket.updated"), key: z.string(), how: z.enum(TICKET_CHANGES), note: z.string().nullable() }),
  z.object({ type: z.literal("ticket.failed"), reason: z.string(), what: z.enum(["close", "reopen"]).optional() }),
  z.object({ type: z.literal("draft.posted"), url: z.string() }),
  /** What became of a runbook at work. */
  z.object({ type: z.literal("run.told"), news: RunEvent }),
  /** People wrote into the postmortem; the texts are stored already. */
  z.object({ type: z.literal("postmortem.written"), sections: z.array(z.string()) }),
  /** It stands elsewhere too; `note`: what was not done there, and why. */
  z.object({ type: z.literal("postmortem.published"), where: z.string(), key: z.string(), url: z.string(), note: z.string().nullable() }),
  z.object({ type: z.literal("postmortem.unpublished"), where: z.string(), reason: z.string() }),
  z.object({ type: z.literal("postmortem.own"), person: Person }),
  z.object({ type: z.literal("postmortem.review"), reviewers: z.array(Person) }),
  /** `version`: the texts that the linter has read, and `problems` how much it found; null: nobody asked it. */
  z.object({ type: z.literal("postmortem.reviewed"), version: z.string().nullable(), problems: z.number() }),
  z.object({ type: z.literal("postmortem.close") }),
  /** A milestone was at another time than is written down. `at` shows the right time of day; the day is that of the incident. */
  z.object({ type: z.literal("milestone.correct"), milestone: z.enum(MILESTONES), at: z.number() }),
  /** `gap` counts from 1; `between`: which that is, null when there is none. */
  z.object({
    type: z.literal("postmortem.waive"),
    gap: z.number(),
    between: z.object({ from: z.number(), to: z.number() }).nullable(),
    reason: z.string(),
  }),
]);
export type IncidentCommand = z.output<typeof IncidentCommand>;

/**
 * A command as it waits to be applied. `key` makes it happen once however often it is submitted; null when each
 * submission counts (an Alertmanager delivery: a byte-identical repeat means "still firing").
 */
export type CommandSubmission = {
  readonly key: string | null;
  readonly urgency: number;
  /** How much work it is: the number of alerts, else 1. Bounds what one transaction takes on. */
  readonly weight: number;
  readonly actor: Actor;
  /** When it happened in the world outside. */
  readonly at: Instant;
  readonly replyTo: ReplyTo | null;
  readonly evidence: string | null;
  readonly body: SubmissionBody;
};

export const SubmissionBody = z.discriminatedUnion("type", [
  /** `raw` is the request body, kept as it came: the proof of what was said. */
  z.object({ type: z.literal("alerts.deliver"), source: z.string(), raw: z.string() }),
  z.object({ type: z.literal("incident.declare"), declaration: Declaration }),
  /** Somebody only looked: it changes nothing, and is kept for the audit. */
  z.object({ type: z.literal("verb.asked"), verb: z.string(), text: z.string() }),
  z.object({ type: z.literal("digest.due"), day: z.string() }),
  z.object({ type: z.literal("week.due"), day: z.string() }),
  z.object({ type: z.literal("incident"), incident: z.number(), command: IncidentCommand }),
  ...ArrangementCommand.options,
]);
export type SubmissionBody = z.output<typeof SubmissionBody>;
