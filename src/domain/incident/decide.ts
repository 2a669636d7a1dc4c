import { decideAlertsChanged } from "#domain/alerting/alert-changes.ts";
import type { Declaration, IncidentCommand } from "./command.ts";
import { acceptDecision, applyFacts, refuseDecision, type AlertsChanged, type Context, type Decision } from "#domain/events/decision.ts";
import { correctMilestone } from "#domain/response/correction.ts";
import { cancelIncident, closeIncident, reopenIncident } from "#domain/response/closing.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import {
  escalateMissingCommander,
  escalateWhenDue,
  escalateNow,
  pageFirstStep,
  pageForRunbook,
  pageNow,
  rearmEscalation,
  requestTicket,
  raisePriority,
  isEscalationStalled,
  requestTicketAtOnce,
} from "#domain/paging/escalation.ts";
import { expireAcknowledgement, isExpiryOverdue } from "#domain/paging/acknowledgement-expiry.ts";
import { formatDuration, formatUtc, formatUtcTime } from "#domain/values/instant.ts";
import type { Incident } from "./incident.ts";
import { incidentId, isHigherPriority, isOpen, type Instant, type Timer } from "#domain/values/language.ts";
import { declareIncident, openIncident, type IncidentSeed } from "#domain/alerting/opening.ts";
import { applyPagerUpdate } from "#domain/paging/pager.ts";
import {
  addTask,
  importMessage,
  finishTask,
  trackMessageChange,
  markMessage,
  addNote,
  unmarkMessage,
  postUpdate,
  remindUpdateDue,
} from "#domain/response/notes.ts";
import type { RunEvent } from "#domain/events/run-event.ts";
import { runId } from "#domain/automation/run.ts";
import { recordTaskTicket, requestFollowUpTickets, requestTicketsAtReview } from "#domain/tickets/follow-up-tickets.ts";
import { requestReview, closePostmortem, ownPostmortem, completeReview, remindReview, waiveGap } from "#domain/postmortem/review.ts";
import { assignRole, claimRole, declineHandoff, offerHandoff, acceptHandoff } from "#domain/response/roles.ts";
import { oneLine, cleanParagraphs } from "#domain/values/text.ts";
import { undoLastVerb } from "#domain/response/undo-command.ts";

/** Opens an incident for alerts that belong to none, and takes the alerts in. */
export function decideOpening(seed: IncidentSeed, command: AlertsChanged, ctx: Context): readonly Fact[] {
  const opened = openIncident(seed, ctx);
  const incident = applyFacts(null, opened, ctx);
  return [...opened, ...decideAlertsChanged(incident, command, ctx)];
}

/** Opens an incident for a person: routed, announced and paged like one that an alert opens. `id` tells declarations apart. */
export function decideDeclaration(number: number, declaration: Declaration, id: string, ctx: Context): Decision {
  if (oneLine(declaration.title, 150) === "") return refuseDecision("An incident needs a title.");
  const opened = declareIncident(number, declaration, id, ctx);
  const incident = applyFacts(null, opened, ctx);
  return acceptDecision([
    ...opened,
    ...(declaration.page ? pageFirstStep(incident, `declared as ${incident.priority} by ${ctx.actor.name}`, ctx) : []),
    ...requestTicketAtOnce(incident),
  ]);
}

/** What a command means for an incident. Pure: the same input gives the same answer, anywhere, any number of times. */
export function decideCommand(incident: Incident, command: IncidentCommand | AlertsChanged, ctx: Context): Decision {
  switch (command.type) {
    case "alerts.changed":
      return acceptDecision(decideAlertsChanged(incident, command, ctx));
    case "incident.acknowledge":
      if (!isOpen(incident.status)) return refuseDecision(notOpen(incident));
      if (incident.status !== "triggered")
        return refuseDecision(
          `${incidentId(incident.number)} was already acknowledged by ${nameOf(incident.acknowledgedBy, ctx)} at ${formatUtcTime(incident.acknowledgedAt ?? incident.openedAt)} UTC.`,
        );
      return acceptDecision([{ type: "incident.acknowledged", data: {} }]);
    case "incident.mitigate":
      if (!isOpen(incident.status)) return refuseDecision(notOpen(incident));
      if (incident.status === "mitigated") return refuseDecision(`${incidentId(incident.number)} is already marked as mitigated.`);
      if (tooEarly(incident, ctx)) return refuseDecision(notYet(incident, ctx));
      return acceptDecision([...acknowledging(incident), { type: "incident.mitigated", data: {} }]);
    case "incident.resolve":
      if (!isOpen(incident.status)) return refuseDecision(notOpen(incident));
      if (incident.alerts.firing > 0 && written(command.reason) === null)
        return refuseDecision(
          `${incident.alerts.firing} of its alerts ${incident.alerts.firing === 1 ? "is" : "are"} still firing: say why ${incidentId(incident.number)} is resolved all the same.`,
        );
      if (tooEarly(incident, ctx)) return refuseDecision(notYet(incident, ctx));
      return acceptDecision([
        ...acknowledging(incident),
        { type: "incident.resolved", data: { by: "person", reason: written(command.reason), firing: incident.alerts.firing } },
      ]);
    case "incident.set_priority": {
      if (!isOpen(incident.status)) return refuseDecision(notOpen(incident));
      if (command.priority === incident.priority) return refuseDecision(`${incidentId(incident.number)} already is ${incident.priority}.`);
      const reason = written(command.reason) ?? "no reason given";
      if (isHigherPriority(command.priority, incident.priority)) return acceptDecision(raisePriority(incident, command.priority, reason, false, ctx));
      const ceiling = incident.pinned?.ceiling ?? incident.priority;
      return acceptDecision([
        {
          type: "priority.changed",
          data: {
            from: incident.priority,
            to: command.priority,
            reason,
            pin: { ceiling: isHigherPriority(ceiling, incident.priority) ? ceiling : incident.priority },
            unmapped: false,
            plan: ctx.policy.priorities[command.priority],
          },
        },
      ]);
    }
    case "incident.reopen":
      return reopenIncident(incident, command.reason, ctx);
    case "incident.close":
      return closeIncident(incident);
    case "incident.cancel":
      return cancelIncident(incident, command.reason);
    case "incident.set_title": {
      const to = oneLine(command.title, 150);
      if (to === "") return refuseDecision("A title needs words.");
      return to === incident.title
        ? refuseDecision("That is its title already.")
        : acceptDecision([{ type: "title.changed", data: { from: incident.title, to } }]);
    }
    case "incident.merge":
      throw new Error("bug: merging concerns two incidents and is decided by `merge`");
    case "escalation.audit":
      if (isExpiryOverdue(incident, ctx.now)) return acceptDecision(expireAcknowledgement(incident, incident.ackUntil!, ctx));
      return acceptDecision(isEscalationStalled(incident, ctx.now) ? rearmEscalation(incident, ctx) : []);
    case "incident.escalate":
      return isOpen(incident.status) ? acceptDecision(escalateNow(incident, written(command.reason), ctx)) : refuseDecision(notOpen(incident));
    case "incident.page":
      return isOpen(incident.status) ? pageNow(incident, command, ctx) : refuseDecision(notOpen(incident));
    case "undo":
      return undoLastVerb(incident, ctx);
    case "role.claim":
      return isOpen(incident.status) ? claimRole(incident, command.role, ctx) : refuseDecision(notOpen(incident));
    case "role.assign":
      return isOpen(incident.status) ? assignRole(incident, command.role, command.person, ctx) : refuseDecision(notOpen(incident));
    case "handoff.offer":
      return isOpen(incident.status) ? offerHandoff(incident, command.to, ctx) : refuseDecision(notOpen(incident));
    case "handoff.accept":
      return acceptHandoff(incident, ctx);
    case "handoff.decline":
      return declineHandoff(incident, ctx);
    case "note.add":
      return longBefore(incident, ctx) ? refuseDecision(notYet(incident, ctx)) : addNote(command.text);
    case "update.post":
      return postUpdate(command);
    case "task.add":
      return addTask(incident, command);
    case "task.done":
      return finishTask(incident, command.id);
    case "task.ticket":
      return requestFollowUpTickets(incident, command.id);
    case "task.ticketed":
      return recordTaskTicket(incident, command);
    case "task.ticket_failed":
      return acceptDecision([{ type: "task.ticket_failed", data: { id: command.id, reason: command.reason } }]);
    case "message.mark":
      return markMessage(incident, command, ctx);
    case "message.unmark":
      return unmarkMessage(incident, command, ctx);
    case "message.captured":
      return importMessage(incident, command.channel, command.message);
    case "message.edited":
      return trackMessageChange(incident, {
        type: "message.edited",
        data: { channel: command.channel, id: command.id, text: cleanParagraphs(command.text, 3_000) },
      });
    case "message.deleted":
      return trackMessageChange(incident, { type: "message.deleted", data: { channel: command.channel, id: command.id } });
    case "member.joined":
      return acceptDecision([{ type: "member.joined", data: { person: command.person } }]);
    case "member.left":
      return acceptDecision([{ type: "member.left", data: { person: command.person } }]);
    case "channel.renamed":
      return acceptDecision(incident.channel?.name === command.name ? [] : [{ type: "channel.renamed", data: { name: command.name } }]);
    case "channel.drifted":
      return acceptDecision([{ type: "channel.drifted", data: { what: command.what, repaired: command.repaired } }]);
    case "verb.refused":
      return acceptDecision([{ type: "command.refused", data: { command: command.verb, reason: command.reason } }]);
    case "alerts.unheard":
      return acceptDecision(
        isOpen(incident.status) && incident.alerts.firing > 0 ? [{ type: "alerts.unheard", data: { count: command.count, since: command.since } }] : [],
      );
    case "timer.due":
      return acceptDecision(timerDue(incident, command.timer, command.due, ctx));
    case "channel.opened":
      return acceptDecision(incident.channel?.id === command.channel.id ? [] : [{ type: "channel.opened", data: { channel: command.channel } }]);
    case "channel.failed":
      return acceptDecision([{ type: "channel.failed", data: { reason: command.reason } }]);
    case "channel.archived":
      return acceptDecision([{ type: "channel.archived", data: {} }]);
    case "chat.failed":
      return acceptDecision([{ type: "chat.failed", data: { what: command.what, reason: command.reason } }]);
    case "pager.heard":
      return applyPagerUpdate(incident, command, ctx);
    case "page.sent":
      return acceptDecision([{ type: "page.sent", data: { key: command.key, to: command.to, via: command.via } }]);
    case "page.delayed": {
      const { key, to, reason } = command;
      // By the time this is decided it may have got through.
      const waiting = incident.pages.some((page) => page.key === key && page.status === "requested");
      return acceptDecision(waiting ? [{ type: "page.delayed", data: { key, to, reason } }] : []);
    }
    case "page.failed":
      return acceptDecision([{ type: "page.failed", data: { key: command.key, to: command.to, reason: command.reason } }]);
    case "ticket.opened":
      return acceptDecision([{ type: "ticket.opened", data: { key: command.key, url: command.url, ...noted(command.note) } }]);
    case "ticket.updated":
      return acceptDecision([{ type: "ticket.updated", data: { key: command.key, how: command.how, ...noted(command.note) } }]);
    case "ticket.failed":
      return acceptDecision([{ type: "ticket.failed", data: { reason: command.reason, ...(command.what === undefined ? {} : { what: command.what }) } }]);
    case "draft.posted":
      return acceptDecision([{ type: "draft.posted", data: { url: command.url } }]);
    case "run.told":
      return acceptDecision(runTold(incident, command.news, ctx));
    case "postmortem.published":
      return acceptDecision([{ type: "postmortem.published", data: { where: command.where, key: command.key, url: command.url, ...noted(command.note) } }]);
    case "postmortem.unpublished":
      return acceptDecision([{ type: "postmortem.unpublished", data: { where: command.where, reason: command.reason } }]);
    case "postmortem.own":
      return ownPostmortem(incident, command.person);
    case "postmortem.review":
      return requestTicketsAtReview(incident, requestReview(incident, command), ctx);
    case "postmortem.reviewed":
      return completeReview(incident, command);
    case "postmortem.close":
      return closePostmortem(incident);
    case "postmortem.waive":
      return waiveGap(incident, command);
    case "milestone.correct":
      return correctMilestone(incident, command, ctx);
    case "postmortem.written":
      return acceptDecision([{ type: "postmortem.written", data: { sections: command.sections } }]);
  }
}

function timerDue(incident: Incident, timer: Timer, due: Instant, ctx: Context): readonly Fact[] {
  switch (timer) {
    case "quiet":
      if (!isOpen(incident.status) || incident.quietUntil !== due || incident.alerts.firing > 0) return [];
      return [{ type: "incident.resolved", data: { by: "alerts", reason: null, firing: 0 } }];
    case "escalate":
      return escalateWhenDue(incident, due, ctx);
    case "ticket":
      return incident.status === "triggered" && incident.plan.ticket !== "never"
        ? requestTicket(incident, `not acknowledged since ${formatUtcTime(incident.openedAt)} UTC`)
        : [];
    case "ack":
      return expireAcknowledgement(incident, due, ctx);
    case "update":
      return remindUpdateDue(incident, due);
    case "command":
      return escalateMissingCommander(incident, ctx);
    case "review":
      return remindReview(incident, due, ctx);
    case "archive":
      return incident.status === "resolved" || incident.status === "canceled" || incident.status === "merged" ? [{ type: "incident.closed", data: {} }] : [];
  }
}

/** A runbook that was to help and did not is somebody's: at once when it failed, else when its time is over. */
function runTold(incident: Incident, news: RunEvent, ctx: Context): readonly Fact[] {
  if (news.type === "run.overdue" && isOpen(incident.status)) {
    const reason = `${runId(news.data.run)} (${news.data.runbook}) has not helped within ${formatDuration(news.data.after)}`;
    return [news, ...pageForRunbook(incident, news.data.page, reason, ctx)];
  }
  if (news.type !== "run.failed" || news.data.page === null || !isOpen(incident.status)) return [news];
  return [news, ...pageForRunbook(incident, news.data.page, `${runId(news.data.run)} (${news.data.runbook}) did not help: ${news.data.reason}`, ctx)];
}

/** What somebody wrote, or null when that is nothing. */
function written(reason: string | null): string | null {
  return cleanParagraphs(reason ?? "", 3_000) || null;
}

function noted(note: string | null | undefined): { readonly note?: string } {
  return note == null ? {} : { note };
}

/** Nothing of an incident is over before it began, whatever the clock of who says so shows. */
function tooEarly(incident: Incident, ctx: Context): boolean {
  return ctx.at !== undefined && ctx.at < began(incident);
}

/** ms before it began of which a note may still tell: what led to it, such as a release. */
const LED_TO_IT = 6 * 3_600_000;

/** A time of day that was last yesterday is seldom what a note means. */
function longBefore(incident: Incident, ctx: Context): boolean {
  return ctx.at !== undefined && ctx.at < began(incident) - LED_TO_IT;
}

function notYet(incident: Incident, ctx: Context): string {
  return `${incidentId(incident.number)} began at ${formatUtc(began(incident))}, after ${formatUtc(ctx.at ?? ctx.now)}.`;
}

/** The clock of a source may be ahead of ours. */
function began({ detectedAt, openedAt }: Incident): Instant {
  return Math.min(detectedAt, openedAt);
}

function acknowledging(incident: Incident): Fact[] {
  return incident.status === "triggered" ? [{ type: "incident.acknowledged", data: {} }] : [];
}

function notOpen(incident: Incident): string {
  return `${incidentId(incident.number)} is ${incident.status}.`;
}

function nameOf(person: Incident["acknowledgedBy"], ctx: Context): string {
  return person === null ? "somebody" : person.id === ctx.actor.id ? "you" : person.name;
}
