import { z } from "zod";
import { PRIORITIES, ROLES, TIMERS, type Actor, type Instant } from "./language.ts";

const ChannelSchema = z.object({ id: z.string(), name: z.string(), url: z.string() });

/** Commands to one incident, as they are stored. The zod schema is the border of the database. */
export const IncidentCommand = z.discriminatedUnion("type", [
  z.object({ type: z.literal("incident.acknowledge") }),
  z.object({ type: z.literal("incident.mitigate") }),
  z.object({ type: z.literal("incident.resolve"), reason: z.string().nullable() }),
  z.object({ type: z.literal("incident.set_priority"), priority: z.enum(PRIORITIES), reason: z.string().nullable() }),
  z.object({ type: z.literal("role.claim"), role: z.enum(ROLES) }),
  z.object({ type: z.literal("alerts.unheard"), count: z.number(), since: z.number() }),
  z.object({ type: z.literal("timer.due"), timer: z.enum(TIMERS), due: z.number() }),
  z.object({ type: z.literal("channel.opened"), channel: ChannelSchema }),
  z.object({ type: z.literal("channel.failed"), reason: z.string() }),
  z.object({ type: z.literal("channel.archived") }),
  z.object({ type: z.literal("chat.failed"), what: z.string(), reason: z.string() }),
  z.object({ type: z.literal("page.sent"), key: z.string(), to: z.string(), via: z.string() }),
  z.object({ type: z.literal("page.failed"), key: z.string(), to: z.string(), reason: z.string() }),
  z.object({ type: z.literal("ticket.opened"), key: z.string(), url: z.string() }),
  z.object({ type: z.literal("ticket.failed"), reason: z.string() }),
  z.object({ type: z.literal("draft.posted"), url: z.string() }),
]);
export type IncidentCommand = z.output<typeof IncidentCommand>;

/** Where a person waits for an answer that is only for them. */
export type ReplyTo = { readonly channel: string; readonly user: string };

/**
 * A command as it waits to be applied. `key` makes it happen once however often it is submitted; null when each
 * submission counts (an Alertmanager delivery: a byte-identical repeat means "still firing").
 */
export type Submission = {
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
  z.object({ type: z.literal("digest.due"), day: z.string() }),
  z.object({ type: z.literal("incident"), incident: z.number(), command: IncidentCommand }),
]);
export type SubmissionBody = z.output<typeof SubmissionBody>;
