import { z } from "zod";
import { ArrangementCommand } from "#domain/alerting/arrangements/arrangement-registry.ts";
import { Declaration } from "#domain/incident/declaration.ts";
import type { RequestClient } from "#domain/reporting/audit-entry.ts";
import type { ReplyTo } from "#domain/incident/reply-to.ts";
import { MUSTER_ACTOR, type Actor, type Instant } from "#domain/values/language.ts";
import { IncidentCommand } from "./command-registry.ts";

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
  /** Where the request came from, for the audit log. */
  readonly client?: RequestClient | null;
  readonly evidence: string | null;
  readonly body: SubmissionBody;
};

/** The fields that every submission must give; the rest may be left out. */
type SubmissionFields = Pick<CommandSubmission, "key" | "urgency" | "at" | "body"> & Partial<CommandSubmission>;

/** A command to be stored. By default Muster itself asks, it is one piece of work, and no one waits for an answer. */
export function createSubmission(fields: SubmissionFields): CommandSubmission {
  // Doors make keys of what others sent, and the database takes no control characters in a text.
  const key = fields.key === null ? null : fields.key.replaceAll(/\p{Cc}/gu, "");
  return { weight: 1, actor: MUSTER_ACTOR, replyTo: null, evidence: null, ...fields, key };
}

export const SubmissionBody = z.discriminatedUnion("type", [
  /** `raw` is the request body, unchanged: the evidence of the request. */
  z.object({ type: z.literal("alerts.deliver"), source: z.string(), raw: z.string() }),
  z.object({ type: z.literal("incident.declare"), declaration: Declaration }),
  /** Someone only looked: it changes nothing, and is kept for the audit. */
  z.object({ type: z.literal("verb.asked"), verb: z.string(), text: z.string() }),
  /**
   * The pager sent an event that can only be read with the pager's help. `id` is its own, `raw` the body as it came.
   */
  z.object({ type: z.literal("pager.event"), id: z.string(), raw: z.string() }),
  z.object({ type: z.literal("digest.due"), day: z.string() }),
  z.object({ type: z.literal("week.due"), day: z.string() }),
  z.object({ type: z.literal("incident"), incident: z.number(), command: IncidentCommand }),
  ...ArrangementCommand.options,
]);
export type SubmissionBody = z.output<typeof SubmissionBody>;
