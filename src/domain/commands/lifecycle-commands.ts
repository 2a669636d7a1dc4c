import { z } from "zod";
import { acceptDecision, decideInTurn, refuseDecision, type Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import { beforeStartRefusal, isBeforeStart, notOpenRefusal, writtenReason } from "#domain/events/occurrence.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { NO_REASON } from "#domain/events/wording.ts";
import { raisePriority } from "#domain/alerting/priority-rise.ts";
import { restoreQuiet } from "#domain/alerting/auto-resolve.ts";
import { endWithRecheck, restoreRecheck } from "#domain/alerting/recheck.ts";
import { cancelIncident, closeIncident, reopenIncident } from "#domain/response/closing.ts";
import { correctMilestone } from "#domain/response/correction.ts";
import { undoLastVerb, unmergeIncident } from "#domain/response/undo-command.ts";
import { acknowledgeAs, acknowledgeForTeam, acknowledgeIncident, answeredTeam } from "#domain/paging/page-answers.ts";
import { restateNext } from "#domain/paging/next-step.ts";
import { incidentId, isHigherPriority, isOpen, MILESTONES, PRIORITIES } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import { defineCommand } from "./command-definition.ts";

// From acknowledgement to the end, and what puts it right.

/** `page`: the key of the page under which someone does it, or `teamAnswerKey` of the team they speak for; absent: they do it in words. */
export const acknowledgeCommand = defineCommand(
  "incident.acknowledge",
  { page: z.string().exactOptional() },
  (incident, { page }, ctx) => {
    if (!isOpen(incident.status)) return refuseDecision(notOpenRefusal(incident));
    if (isBeforeStart(incident, ctx)) return refuseDecision(beforeStartRefusal(incident, ctx));
    const team = answeredTeam(page);
    return team === null ? acknowledgeAs(incident, page, ctx) : acknowledgeForTeam(incident, team, ctx);
  },
);

export const mitigateCommand = defineCommand(
  "incident.mitigate",
  {},
  (incident, _, ctx) => {
    if (!isOpen(incident.status)) return refuseDecision(notOpenRefusal(incident));
    if (incident.status === "mitigated")
      return refuseDecision(`${incidentId(incident.number)} is already marked as mitigated.`);
    if (isBeforeStart(incident, ctx)) return refuseDecision(beforeStartRefusal(incident, ctx));
    return acceptDecision([...acknowledging(incident, ctx), { type: "incident.mitigated", data: {} }]);
  },
  { answersPages: true },
);

export const resolveCommand = defineCommand(
  "incident.resolve",
  { reason: z.string().nullable() },
  (incident, { reason }, ctx) => {
    const written = writtenReason(reason);
    if (incident.reasonOwedBy !== null && written !== null)
      return acceptDecision([{ type: "reason.given", data: { reason: written } }]);
    if (!isOpen(incident.status)) return refuseDecision(notOpenRefusal(incident));
    const { firing } = incident.alerts;
    if (firing > 0 && written === null)
      return refuseDecision(
        `${firing} ${firing === 1 ? "alert" : "alerts"} of ${incidentId(incident.number)} still ${firing === 1 ? "fires" : "fire"}. To resolve it anyway, give a reason: \`resolve REASON\`.`,
      );
    if (isBeforeStart(incident, ctx)) return refuseDecision(beforeStartRefusal(incident, ctx));
    const resolved: Fact = { type: "incident.resolved", data: { by: "person", reason: written, firing } };
    return acceptDecision(endWithRecheck(incident, [...acknowledging(incident, ctx), resolved], ctx));
  },
);

export const setPriorityCommand = defineCommand(
  "incident.set_priority",
  { priority: z.enum(PRIORITIES), reason: z.string().nullable() },
  (incident, { priority, reason: written }, ctx) => {
    if (!isOpen(incident.status)) return refuseDecision(notOpenRefusal(incident));
    if (priority === incident.priority)
      return refuseDecision(`${incidentId(incident.number)} already is ${incident.priority}.`);
    const reason = writtenReason(written) ?? NO_REASON;
    if (isHigherPriority(priority, incident.priority))
      return acceptDecision(raisePriority(incident, priority, reason, ctx));
    const known = incident.pinned?.ceiling ?? incident.priority;
    const ceiling = isHigherPriority(known, incident.priority) ? known : incident.priority;
    const plan = ctx.policy.priorities[priority];
    const lowered: Fact = {
      type: "priority.changed",
      data: { from: incident.priority, to: priority, reason, pin: { ceiling }, unmapped: false, plan },
    };
    return acceptDecision(decideInTurn(incident, ctx, [() => [lowered], restateNext]));
  },
);

export const reopenCommand = defineCommand(
  "incident.reopen",
  { reason: z.string().nullable() },
  (incident, { reason }, ctx) => reopenIncident(incident, reason, ctx),
);

export const closeCommand = defineCommand("incident.close", {}, (incident, _, ctx) => closeIncident(incident, ctx));

export const cancelCommand = defineCommand("incident.cancel", { reason: z.string() }, (incident, { reason }) =>
  cancelIncident(incident, reason),
);

export const setTitleCommand = defineCommand("incident.set_title", { title: z.string() }, (incident, { title }) => {
  const to = oneLine(title, 150);
  if (to === "") return refuseDecision("A title needs words.");
  return to === incident.title
    ? refuseDecision("That is its title already.")
    : acceptDecision([{ type: "title.changed", data: { from: incident.title, to } }]);
});

export const undoCommand = defineCommand("undo", {}, (incident, _, ctx) => undoLastVerb(incident, ctx));

/** A merge is taken back, whatever was done since. */
export const unmergeCommand = defineCommand("incident.unmerge", {}, (incident, _, ctx) =>
  unmergeIncident(incident, ctx),
);

/** A milestone was at another time than is written down. `dated`: `at` is the very instant; without, as earlier versions stored it, it shows the right time of day, on the day of the incident. */
export const correctCommand = defineCommand(
  "milestone.correct",
  { milestone: z.enum(MILESTONES), at: z.number(), dated: z.literal(true).exactOptional() },
  correctMilestone,
);

/** The auditor makes sure that what fires is looked at again, and that a quiet period ends when its plan ends it. */
export const auditRecheckCommand = defineCommand("recheck.audit", {}, (incident, _, ctx) =>
  acceptDecision([...restoreRecheck(incident, ctx), ...restoreQuiet(incident, ctx)]),
);

/** A verb that was not allowed: kept for the audit. */
export const refuseCommand = defineCommand(
  "verb.refused",
  { verb: z.string(), reason: z.string() },
  (_, { verb, reason }) => acceptDecision([{ type: "command.refused", data: { command: verb, reason } }]),
);

function acknowledging(incident: Incident, ctx: Context): Fact[] {
  return incident.status === "triggered" ? [acknowledgeIncident(incident, ctx)] : [];
}
