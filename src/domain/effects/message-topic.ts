import { z } from "zod";
import { PersonSchema } from "#domain/incident/schemas.ts";
import { ROLES } from "#domain/values/language.ts";

/** What a message for one person is about. */
export const MessageTopic = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("role"), role: z.enum(ROLES) }),
  z.object({ kind: z.literal("update-owed") }),
  z.object({ kind: z.literal("still-commander") }),
  z.object({ kind: z.literal("handoff") }),
  /** A postmortem that they own, or are to read. */
  z.object({ kind: z.literal("postmortem") }),
  z.object({ kind: z.literal("review") }),
  /** Something new fires in an incident that they have. */
  z.object({ kind: z.literal("attention") }),
  /** They ended an incident whose alerts fire: it is open again, or they are asked why. */
  z.object({ kind: z.literal("recheck") }),
  z.object({ kind: z.literal("reason") }),
  /** A task that someone gave them. */
  z.object({ kind: z.literal("task"), task: z.number() }),
  /** Someone asks to be let into a private incident that they have. */
  z.object({ kind: z.literal("access"), person: PersonSchema }),
  /** They have it, and no one has command. */
  z.object({ kind: z.literal("command-missing") }),
  /** `key`: which page; absent in what an earlier version stored. */
  z.object({ kind: z.literal("page"), key: z.string().exactOptional() }),
]);
export type MessageTopic = Readonly<z.output<typeof MessageTopic>>;
