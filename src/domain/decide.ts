import { changed } from "./alerts-changed.ts";
import type { Declaration, IncidentCommand } from "./command.ts";
import { accept, fold, refuse, type AlertsChanged, type Context, type Decision } from "./decision.ts";
import { correct } from "./correction.ts";
import { cancel, close, reopen } from "./ending.ts";
import type { Fact } from "./event.ts";
import { commandDue, escalate, escalateNow, pageFirst, pageFor, pageNow, rearm, requestTicket, rise, stalled, ticketAtOnce } from "./escalation.ts";
import { acknowledgementExpires, forgotten } from "./expiry.ts";
import { duration, utc, utcTime } from "./instant.ts";
import type { Incident } from "./incident.ts";
import { incidentId, isHigher, isOpen, type Instant, type Timer } from "./language.ts";
import { declaring, opening, type Seed } from "./opening.ts";
import { heard } from "./pager.ts";
import { addTask, captured, finishTask, followed, mark, note, unmark, update, updateDue } from "./record.ts";
import type { RunNews } from "./run-news.ts";
import { runId } from "./run.ts";
import { ticketed, wantTickets, wantTicketsAtReview } from "./follow-up-tickets.ts";
import { askReview, closeReview, own, reviewed, reviewTimer, waive } from "./review.ts";
import { assign, claim, decline, offer, take } from "./roles.ts";
import { oneLine, paragraph } from "./text.ts";
import { takeBack } from "./take-back.ts";

/** Opens an incident for alerts that belong to none, and takes the alerts in. */
export function decideOpening(seed: Seed, command: AlertsChanged, ctx: Context): readonly Fact[] {
  const opened = opening(seed, ctx);
  const incident = fold(null, opened, ctx);
  return [...opened, ...changed(incident, command, ctx)];
}

/** Opens an incident for a person: routed, announced and paged like one that an alert opens. `id` tells declarations apart. */
export function decideDeclaration(number: number, declaration: Declaration, id: string, ctx: Context): Decision {
  if (oneLine(declaration.title, 150) === "") return refuse("An incident needs a title.");
  const opened = declaring(number, declaration, id, ctx);
  const incident = fold(null, opened, ctx);
  return accept([
    ...opened,
    ...(declaration.page ? pageFirst(incident, `declared as ${incident.priority} by ${ctx.actor.name}`, ctx) : []),
    ...ticketAtOnce(incident),
  ]);
}

/** What a command means for an incident. Pure: the same input gives the same answer, anywhere, any number of times. */
export function decide(incident: Incident, command: IncidentCommand | AlertsChanged, ctx: Context): Decision {
  switch (command.type) {
    case "alerts.changed":
      return accept(changed(incident, command, ctx));
    case "incident.acknowledge":
      if (!isOpen(incident.status)) return refuse(notOpen(incident));
      if (incident.status !== "triggered")
        return refuse(
          `${incidentId(incident.number)} was already acknowledged by ${nameOf(incident.acknowledgedBy, ctx)} at ${utcTime(incident.acknowledgedAt ?? incident.openedAt)} UTC.`,
        );
      return accept([{ type: "incident.acknowledged", data: {} }]);
    case "incident.mitigate":
      if (!isOpen(incident.status)) return refuse(notOpen(incident));
      if (incident.status === "mitigated") return refuse(`${incidentId(incident.number)} is already marked as mitigated.`);
      if (tooEarly(incident, ctx)) return refuse(notYet(incident, ctx));
      return accept([...acknowledging(incident), { type: "incident.mitigated", data: {} }]);
    case "incident.resolve":
      if (!isOpen(incident.status)) return refuse(notOpen(incident));
      if (incident.alerts.firing > 0 && written(command.reason) === null)
        return refuse(
          `${incident.alerts.firing} of its alerts ${incident.alerts.firing === 1 ? "is" : "are"} still firing: say why ${incidentId(incident.number)} is resolved all the same.`,
        );
      if (tooEarly(incident, ctx)) return refuse(notYet(incident, ctx));
      return accept([
        ...acknowledging(incident),
        { type: "incident.resolved", data: { by: "person", reason: written(command.reason), firing: incident.alerts.firing } },
      ]);
    case "incident.set_priority": {
      if (!isOpen(incident.status)) return refuse(notOpen(incident));
      if (command.priority === incident.priority) return refuse(`${incidentId(incident.number)} already is ${incident.priority}.`);
      const reason = written(command.reason) ?? "no reason given";
      if (isHigher(command.priority, incident.priority)) return accept(rise(incident, command.priority, reason, false, ctx));
      const ceiling = incident.pinned?.ceiling ?? incident.priority;
      return accept([
        {
          type: "priority.changed",
          data: {
            from: incident.priority,
            to: command.priority,
            reason,
            pin: { ceiling: isHigher(ceiling, incident.priority) ? ceiling : incident.priority },
            unmapped: false,
            plan: ctx.policy.priorities[command.priority],
          },
        },
      ]);
    }
    case "incident.reopen":
      return reopen(incident, command.reason, ctx);
    case "incident.close":
      return close(incident);
    case "incident.cancel":
      return cancel(incident, command.reason);
    case "incident.set_title": {
      const to = oneLine(command.title, 150);
      if (to === "") return refuse("A title needs words.");
      return to === incident.title ? refuse("That is its title already.") : accept([{ type: "title.changed", data: { from: incident.title, to } }]);
    }
    case "incident.merge":
      throw new Error("bug: merging concerns two incidents and is decided by `merge`");
    case "escalation.audit":
      if (forgotten(incident, ctx.now)) return accept(acknowledgementExpires(incident, incident.ackUntil!, ctx));
      return accept(stalled(incident, ctx.now) ? rearm(incident, ctx) : []);
    case "incident.escalate":
      return isOpen(incident.status) ? accept(escalateNow(incident, written(command.reason), ctx)) : refuse(notOpen(incident));
    case "incident.page":
      return isOpen(incident.status) ? pageNow(incident, command, ctx) : refuse(notOpen(incident));
    case "undo":
      return takeBack(incident, ctx);
    case "role.claim":
      return isOpen(incident.status) ? claim(incident, command.role, ctx) : refuse(notOpen(incident));
    case "role.assign":
      return isOpen(incident.status) ? assign(incident, command.role, command.person, ctx) : refuse(notOpen(incident));
    case "handoff.offer":
      return isOpen(incident.status) ? offer(incident, command.to, ctx) : refuse(notOpen(incident));
    case "handoff.accept":
      return take(incident, ctx);
    case "handoff.decline":
      return decline(incident, ctx);
    case "note.add":
      return longBefore(incident, ctx) ? refuse(notYet(incident, ctx)) : note(command.text);
    case "update.post":
      return update(command);
    case "task.add":
      return addTask(incident, command);
    case "task.done":
      return finishTask(incident, command.id);
    case "task.ticket":
      return wantTickets(incident, command.id);
    case "task.ticketed":
      return ticketed(incident, command);
    case "task.ticket_failed":
      return accept([{ type: "task.ticket_failed", data: { id: command.id, reason: command.reason } }]);
    case "message.mark":
      return mark(incident, command, ctx);
    case "message.unmark":
      return unmark(incident, command, ctx);
    case "message.captured":
      return captured(incident, command.channel, command.message);
    case "message.edited":
      return followed(incident, { type: "message.edited", data: { channel: command.channel, id: command.id, text: paragraph(command.text, 3_000) } });
    case "message.deleted":
      return followed(incident, { type: "message.deleted", data: { channel: command.channel, id: command.id } });
    case "member.joined":
      return accept([{ type: "member.joined", data: { person: command.person } }]);
    case "member.left":
      return accept([{ type: "member.left", data: { person: command.person } }]);
    case "channel.renamed":
      return accept(incident.channel?.name === command.name ? [] : [{ type: "channel.renamed", data: { name: command.name } }]);
    case "channel.drifted":
      return accept([{ type: "channel.drifted", data: { what: command.what, repaired: command.repaired } }]);
    case "verb.refused":
      return accept([{ type: "command.refused", data: { command: command.verb, reason: command.reason } }]);
    case "alerts.unheard":
      return accept(
        isOpen(incident.status) && incident.alerts.firing > 0 ? [{ type: "alerts.unheard", data: { count: command.count, since: command.since } }] : [],
      );
    case "timer.due":
      return accept(timerDue(incident, command.timer, command.due, ctx));
    case "channel.opened":
      return accept(incident.channel?.id === command.channel.id ? [] : [{ type: "channel.opened", data: { channel: command.channel } }]);
    case "channel.failed":
      return accept([{ type: "channel.failed", data: { reason: command.reason } }]);
    case "channel.archived":
      return accept([{ type: "channel.archived", data: {} }]);
    case "chat.failed":
      return accept([{ type: "chat.failed", data: { what: command.what, reason: command.reason } }]);
    case "pager.heard":
      return heard(incident, command, ctx);
    case "page.sent":
      return accept([{ type: "page.sent", data: { key: command.key, to: command.to, via: command.via } }]);
    case "page.delayed": {
      const { key, to, reason } = command;
      // By the time this is decided it may have got through.
      const waiting = incident.pages.some((page) => page.key === key && page.status === "requested");
      return accept(waiting ? [{ type: "page.delayed", data: { key, to, reason } }] : []);
    }
    case "page.failed":
      return accept([{ type: "page.failed", data: { key: command.key, to: command.to, reason: command.reason } }]);
    case "ticket.opened":
      return accept([{ type: "ticket.opened", data: { key: command.key, url: command.url, ...noted(command.note) } }]);
    case "ticket.updated":
      return accept([{ type: "ticket.updated", data: { key: command.key, how: command.how, ...noted(command.note) } }]);
    case "ticket.failed":
      return accept([{ type: "ticket.failed", data: { reason: command.reason, ...(command.what === undefined ? {} : { what: command.what }) } }]);
    case "draft.posted":
      return accept([{ type: "draft.posted", data: { url: command.url } }]);
    case "run.told":
      return accept(runTold(incident, command.news, ctx));
    case "postmortem.published":
      return accept([{ type: "postmortem.published", data: { where: command.where, key: command.key, url: command.url, ...noted(command.note) } }]);
    case "postmortem.unpublished":
      return accept([{ type: "postmortem.unpublished", data: { where: command.where, reason: command.reason } }]);
    case "postmortem.own":
      return own(incident, command.person);
    case "postmortem.review":
      return wantTicketsAtReview(incident, askReview(incident, command), ctx);
    case "postmortem.reviewed":
      return reviewed(incident, command);
    case "postmortem.close":
      return closeReview(incident);
    case "postmortem.waive":
      return waive(incident, command);
    case "milestone.correct":
      return correct(incident, command, ctx);
    case "postmortem.written":
      return accept([{ type: "postmortem.written", data: { sections: command.sections } }]);
  }
}

function timerDue(incident: Incident, timer: Timer, due: Instant, ctx: Context): readonly Fact[] {
  switch (timer) {
    case "quiet":
      if (!isOpen(incident.status) || incident.quietUntil !== due || incident.alerts.firing > 0) return [];
      return [{ type: "incident.resolved", data: { by: "alerts", reason: null, firing: 0 } }];
    case "escalate":
      return escalate(incident, due, ctx);
    case "ticket":
      return incident.status === "triggered" && incident.plan.ticket !== "never"
        ? requestTicket(incident, `not acknowledged since ${utcTime(incident.openedAt)} UTC`)
        : [];
    case "ack":
      return acknowledgementExpires(incident, due, ctx);
    case "update":
      return updateDue(incident, due);
    case "command":
      return commandDue(incident, ctx);
    case "review":
      return reviewTimer(incident, due, ctx);
    case "archive":
      return incident.status === "resolved" || incident.status === "canceled" || incident.status === "merged" ? [{ type: "incident.closed", data: {} }] : [];
  }
}

/** A runbook that was to help and did not is somebody's: at once when it failed, else when its time is over. */
function runTold(incident: Incident, news: RunNews, ctx: Context): readonly Fact[] {
  if (news.type === "run.overdue" && isOpen(incident.status)) {
    const reason = `${runId(news.data.run)} (${news.data.runbook}) has not helped within ${duration(news.data.after)}`;
    return [news, ...pageFor(incident, news.data.page, reason, ctx)];
  }
  if (news.type !== "run.failed" || news.data.page === null || !isOpen(incident.status)) return [news];
  return [news, ...pageFor(incident, news.data.page, `${runId(news.data.run)} (${news.data.runbook}) did not help: ${news.data.reason}`, ctx)];
}

/** What somebody wrote, or null when that is nothing. */
function written(reason: string | null): string | null {
  return paragraph(reason ?? "", 3_000) || null;
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
  return `${incidentId(incident.number)} began at ${utc(began(incident))}, after ${utc(ctx.at ?? ctx.now)}.`;
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
