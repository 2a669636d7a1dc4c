import { changed } from "./alerts-changed.ts";
import type { IncidentCommand } from "./command.ts";
import { fold, type AlertsChanged, type Context, type Decision } from "./decision.ts";
import type { Fact } from "./event.ts";
import { escalate, requestTicket, rise } from "./escalation.ts";
import { utcTime } from "./instant.ts";
import type { Incident } from "./incident.ts";
import { incidentId, isHigher, isOpen, ROLE_TITLES, type Instant } from "./language.ts";
import { opening, type Seed } from "./opening.ts";

/** Opens an incident for alerts that belong to none, and takes the alerts in. */
export function decideOpening(seed: Seed, command: AlertsChanged, ctx: Context): readonly Fact[] {
  const opened = opening(seed, ctx.policy);
  const incident = fold(null, opened, ctx);
  return [...opened, ...changed(incident, command, ctx)];
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
      return accept([...acknowledging(incident), { type: "incident.mitigated", data: {} }]);
    case "incident.resolve":
      if (!isOpen(incident.status)) return refuse(notOpen(incident));
      if (incident.alerts.firing > 0 && written(command.reason) === null)
        return refuse(`${incident.alerts.firing} of its alerts are still firing: say why ${incidentId(incident.number)} is resolved all the same.`);
      return accept([
        ...acknowledging(incident),
        { type: "incident.resolved", data: { by: "person", reason: written(command.reason), firing: incident.alerts.firing } },
      ]);
    case "incident.set_priority": {
      if (!isOpen(incident.status)) return refuse(notOpen(incident));
      if (command.priority === incident.priority) return refuse(`${incidentId(incident.number)} already is ${incident.priority}.`);
      const reason = written(command.reason) ?? `set by ${ctx.actor.name}`;
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
    case "role.claim": {
      if (!isOpen(incident.status)) return refuse(notOpen(incident));
      const holder = incident.roles[command.role];
      if (holder?.id === ctx.actor.id) return refuse(`You already are ${ROLE_TITLES[command.role]}.`);
      if (holder !== null) return refuse(`${holder.name} is ${ROLE_TITLES[command.role]}. Ask them to hand over.`);
      const person = { id: ctx.actor.id, name: ctx.actor.name };
      const takes: Fact = { type: "role.assigned", data: { role: command.role, person } };
      // Whoever takes command has heard the alert: nobody else needs to be woken to hear it.
      return accept(command.role === "commander" ? [...acknowledging(incident), takes] : [takes]);
    }
    case "alerts.unheard":
      return accept(
        isOpen(incident.status) && incident.alerts.firing > 0 ? [{ type: "alerts.unheard", data: { count: command.count, since: command.since } }] : [],
      );
    case "timer.due":
      return accept(timerDue(incident, command.timer, command.due, ctx));
    case "channel.opened":
      return accept([{ type: "channel.opened", data: { channel: command.channel } }]);
    case "channel.failed":
      return accept([{ type: "channel.failed", data: { reason: command.reason } }]);
    case "channel.archived":
      return accept([{ type: "channel.archived", data: {} }]);
    case "chat.failed":
      return accept([{ type: "chat.failed", data: { what: command.what, reason: command.reason } }]);
    case "page.sent":
      return accept([{ type: "page.sent", data: { key: command.key, to: command.to, via: command.via } }]);
    case "page.failed":
      return accept([{ type: "page.failed", data: { key: command.key, to: command.to, reason: command.reason } }]);
    case "ticket.opened":
      return accept([{ type: "ticket.opened", data: { key: command.key, url: command.url } }]);
    case "ticket.failed":
      return accept([{ type: "ticket.failed", data: { reason: command.reason } }]);
    case "draft.posted":
      return accept([{ type: "draft.posted", data: { url: command.url } }]);
  }
}

function timerDue(incident: Incident, timer: "quiet" | "escalate" | "ticket" | "archive", due: Instant, ctx: Context): readonly Fact[] {
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
    case "archive":
      return incident.status === "resolved" ? [{ type: "incident.closed", data: {} }] : [];
  }
}

/** What somebody wrote, or null when that is nothing. */
function written(reason: string | null): string | null {
  return reason === null || reason.trim() === "" ? null : reason;
}

function acknowledging(incident: Incident): Fact[] {
  return incident.status === "triggered" ? [{ type: "incident.acknowledged", data: {} }] : [];
}

function accept(facts: readonly Fact[]): Decision {
  return { ok: true, facts };
}

function refuse(refusal: string): Decision {
  return { ok: false, refusal };
}

function notOpen(incident: Incident): string {
  return `${incidentId(incident.number)} is ${incident.status}.`;
}

function nameOf(person: Incident["acknowledgedBy"], ctx: Context): string {
  return person === null ? "somebody" : person.id === ctx.actor.id ? "you" : person.name;
}
