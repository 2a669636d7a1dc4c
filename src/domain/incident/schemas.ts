import { z } from "zod";
import type { AlertSnapshot } from "./incident.ts";
import type { Plan as PolicyPlan } from "#domain/policy/priority-plan.ts";
import type { Route as IncidentRoute } from "#domain/policy/route.ts";

// Shapes that the data of several events and commands share.

/** An instant in ms, UTC. */
export const instant = z.number();

export const Person = z.object({ id: z.string(), name: z.string() });

/** A room of the chat. */
export const Channel = z.object({ id: z.string(), name: z.string(), url: z.string() });

export const LinkList = z.array(z.object({ title: z.string(), url: z.string() }).readonly()).readonly();

/** A message of an incident's channel, as it was when someone marked it for the timeline. */
export const MessageSchema = z.object({
  id: z.string(),
  author: Person,
  text: z.string(),
  at: instant,
  permalink: z.string().nullable(),
  files: z.array(z.object({ name: z.string(), url: z.string() })),
});
export type ImportedMessage = z.output<typeof MessageSchema>;

export const AlertCounts = z.object({ total: z.number(), firing: z.number(), flaps: z.number() });

// These three are made by the core alone and are as large as the policy: their shape is checked where it is read.
export const AlertSnapshots = z.custom<readonly AlertSnapshot[]>((value) => Array.isArray(value));
export const Plan = z.custom<PolicyPlan>((value) => typeof value === "object" && value !== null);
export const Route = z.custom<IncidentRoute>((value) => typeof value === "object" && value !== null);
