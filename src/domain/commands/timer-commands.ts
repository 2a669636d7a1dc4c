import { z } from "zod";
import { autoResolve } from "#domain/alerting/auto-resolve.ts";
import { recheckWhenDue } from "#domain/alerting/recheck.ts";
import { endQuietTeams } from "#domain/alerting/team-ends.ts";
import { acceptDecision, decideInTurn, type Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { expireAnswers } from "#domain/paging/acknowledgement-expiry.ts";
import { escalateWhenDue } from "#domain/paging/escalation.ts";
import { escalateMissingCommander } from "#domain/paging/missing-commander.ts";
import { requestTicket } from "#domain/paging/ticket-request.ts";
import { remindReview } from "#domain/postmortem/review.ts";
import { remindUpdateDue } from "#domain/response/notes.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import { TIMERS, type Instant, type Timer } from "#domain/values/language.ts";
import { defineCommand } from "./command-definition.ts";

function withoutQuietTeams(incident: Incident, ctx: Context): readonly Fact[] {
  return endQuietTeams(incident, { changes: [] }, ctx);
}

/** What each timer does when it is due. One that has lost its meaning meanwhile does nothing. */
const WHEN_DUE: Readonly<Record<Timer, (incident: Incident, due: Instant, ctx: Context) => readonly Fact[]>> = {
  quiet: autoResolve,
  escalate: (incident, due, ctx) =>
    decideInTurn(incident, ctx, [withoutQuietTeams, (now, counting) => escalateWhenDue(now, due, counting)]),
  ticket: (incident) =>
    incident.status === "triggered" && incident.plan.ticket !== "never"
      ? requestTicket(incident, `not acknowledged since ${formatUtcTime(incident.openedAt)} UTC`)
      : [],
  ack: (incident, due, ctx) =>
    decideInTurn(incident, ctx, [withoutQuietTeams, (now, counting) => expireAnswers(now, due, counting)]),
  update: remindUpdateDue,
  command: (incident, _, ctx) => escalateMissingCommander(incident, ctx),
  review: remindReview,
  recheck: recheckWhenDue,
  archive: ({ status }) =>
    status === "resolved" || status === "canceled" || status === "merged"
      ? [{ type: "incident.closed", data: {} }]
      : [],
};

export const timerDueCommand = defineCommand(
  "timer.due",
  { timer: z.enum(TIMERS), due: z.number() },
  (incident, { timer, due }, ctx) => acceptDecision(WHEN_DUE[timer](incident, due, ctx)),
);
