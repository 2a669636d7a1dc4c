import { z } from "zod";
import type { EscalationState } from "./escalation-state.ts";
import type { AlertSnapshot, Page, Task } from "./incident.ts";
import type { Plan } from "#domain/policy/priority-plan.ts";
import type { Route } from "#domain/policy/route.ts";

// Shapes that the data of several events and commands share.

/** An instant in ms, UTC. */
export const instant = z.number();

export const PersonSchema = z.object({ id: z.string(), name: z.string() });

/** A room of the chat. */
export const ChannelSchema = z.object({ id: z.string(), name: z.string(), url: z.string() });

export const LinkList = z.array(z.object({ title: z.string(), url: z.string() }).readonly()).readonly();

/** A message of an incident's channel, as it was when someone marked it for the timeline. */
export const MessageSchema = z.object({
  id: z.string(),
  author: PersonSchema,
  text: z.string(),
  at: instant,
  permalink: z.string().nullable(),
  files: z.array(z.object({ name: z.string(), url: z.string() })),
});
export type ImportedMessage = z.output<typeof MessageSchema>;

/** A person's call: who calls, and what they write. */
export const CallSchema = z.object({ by: PersonSchema, message: z.string().nullable() });

export const AlertCountsSchema = z.object({ total: z.number(), firing: z.number(), flaps: z.number() });

// These are made by the core alone and are as large as the policy: their shape is checked where it is read.
export const AlertSnapshots = z.custom<readonly AlertSnapshot[]>((value) => Array.isArray(value));
export const PlanSchema = z.custom<Plan>((value) => typeof value === "object" && value !== null);
export const RouteSchema = z.custom<Route>((value) => typeof value === "object" && value !== null);
export const TaskSnapshots = z.custom<readonly Task[]>((value) => Array.isArray(value));
export const PageSnapshots = z.custom<readonly Page[]>((value) => Array.isArray(value));
export const EscalationSnapshot = z.custom<EscalationState>((value) => typeof value === "object" && value !== null);
