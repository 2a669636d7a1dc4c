import { z } from "zod";
import { PersonSchema } from "#domain/incident/schemas.ts";
import { closePostmortem, completeReview, ownPostmortem, requestReview, waiveGap } from "#domain/postmortem/review.ts";
import { requestTicketsAtReview } from "#domain/tickets/follow-up-tickets.ts";
import { defineCommand } from "./command-definition.ts";

// The review of a postmortem.

export const ownCommand = defineCommand("postmortem.own", { person: PersonSchema }, (incident, { person }, ctx) =>
  ownPostmortem(incident, person, ctx),
);

export const reviewCommand = defineCommand(
  "postmortem.review",
  { reviewers: z.array(PersonSchema) },
  (incident, command, ctx) => requestTicketsAtReview(incident, requestReview(incident, command, ctx), ctx),
);

/** `version`: the texts that the checklist has read, and `problems` how much it found; null: it was not asked. */
export const reviewedCommand = defineCommand(
  "postmortem.reviewed",
  { version: z.string().nullable(), problems: z.number() },
  completeReview,
);

export const closeReviewCommand = defineCommand("postmortem.close", {}, closePostmortem);

/** `gap` counts from 1; `between`: its bounds, null when there is none. */
export const waiveCommand = defineCommand(
  "postmortem.waive",
  { gap: z.number(), between: z.object({ from: z.number(), to: z.number() }).nullable(), reason: z.string() },
  waiveGap,
);
