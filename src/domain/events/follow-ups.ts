import type { Effect } from "#domain/effects/effect-registry.ts";
import type { TimerChange } from "#domain/incident/timer-change.ts";
import type { Incident, RefusedTicketChange } from "#domain/incident/incident.ts";
import { nextDeadline, nextExpiry } from "#domain/incident/team-escalation.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { MessageTopic } from "#domain/effects/message-topic.ts";
import { isOpen, type Person } from "#domain/values/language.ts";
import type { AnyEvent } from "./event-definition.ts";
import { hasOwnChannel } from "#domain/incident/own-channel.ts";
import { firstReviewReminder, isReviewDone } from "./review-state.ts";

// Effects and timers that several events share.

/** Acknowledges answered pages at the pager, one by one. */
export function acknowledgeEffects(
  { episode }: Incident,
  pages: readonly string[],
  fact: { readonly alarm?: string },
): readonly Effect[] {
  return pages.map((page) => ({ type: "page.acknowledge", episode, page, ...exceptAlarm(fact) }));
}

/** Excludes the pager's alarm that a fact came from. */
export function exceptAlarm({ alarm }: { readonly alarm?: string }): { readonly except?: string } {
  return alarm === undefined ? {} : { except: alarm };
}

/** Comments the end on the incident's tickets. */
export function closeTicketEffects({ seq }: AnyEvent, { tickets }: Incident): Effect[] {
  return tickets.length === 0 ? [] : [{ type: "ticket.close", seq }];
}

/** Comments the reopening on the incident's tickets. */
export function reopenTicketEffects({ seq }: AnyEvent, { status, tickets }: Incident): Effect[] {
  return tickets.length === 0 || !isOpen(status) ? [] : [{ type: "ticket.reopen", seq }];
}

/** Asks again to close or re-open the tickets, for the event for which that was refused. */
export function ticketChangeEffect({ what, seq }: RefusedTicketChange): Effect {
  return { type: what === "close" ? "ticket.close" : "ticket.reopen", seq };
}

/** Asks again for the ticket that was asked for and is not there, or for what was refused of it: that is tried at once. */
export function missingTicketEffects({ tickets, ticketRequested, ticketRefused, status }: Incident): readonly Effect[] {
  if (ticketRefused !== null) return [ticketChangeEffect(ticketRefused)];
  return ticketRequested && tickets.length === 0 && isOpen(status) ? [{ type: "ticket.open" }] : [];
}

/** The timers that an incident stops when it ends. */
export const STOPPED_TIMERS: readonly TimerChange[] = [
  { timer: "quiet", at: null },
  { timer: "escalate", at: null },
  { timer: "ticket", at: null },
  { timer: "update", at: null },
  { timer: "command", at: null },
  { timer: "ack", at: null },
  { timer: "recheck", at: null },
];

/** Every timer that the state requires, independent of its history. */
export function rewoundTimers(event: AnyEvent, after: Incident, policy: Policy): readonly TimerChange[] {
  const { status, plan, ticketRequested } = after;
  const ticket =
    status === "triggered" && typeof plan.ticket === "number" && !ticketRequested
      ? event.recordedAt + plan.ticket
      : null;
  const archive =
    isOpen(status) || status === "closed" || policy.archiveAfter === null
      ? null
      : event.recordedAt + policy.archiveAfter;
  return [
    { timer: "quiet", at: after.quietUntil },
    escalationTimer(after),
    { timer: "ticket", at: ticket },
    { timer: "update", at: after.updates.remindAt },
    commandTimer(event, after),
    { timer: "ack", at: nextExpiry(after) },
    { timer: "recheck", at: after.recheck?.at ?? null },
    { timer: "archive", at: archive },
    {
      timer: "review",
      at: isReviewDone(after)
        ? null
        : (after.postmortem.nudgeAt ?? firstReviewReminder(after, event.recordedAt, policy)),
    },
  ];
}

/** The channel is archived some time after the end. */
export function archiveTimer({ at }: AnyEvent, { archiveAfter }: Policy): readonly TimerChange[] {
  return archiveAfter === null ? [] : [{ timer: "archive", at: at + archiveAfter }];
}

/** When a ticket is opened for an incident that no one acknowledged. */
export function ticketTimer({ plan, status }: Incident, since: number): readonly TimerChange[] {
  return typeof plan.ticket === "number" && status === "triggered"
    ? [{ timer: "ticket", at: since + plan.ticket }]
    : [];
}

/** When someone who owes an update is reminded. */
export function updateTimer({ updates }: Incident): TimerChange {
  return { timer: "update", at: updates.remindAt };
}

/** When the next answer expires that no one follows up on. One that has lost its meaning meanwhile changes nothing when it is due. */
export function acknowledgementTimer(after: Incident): readonly TimerChange[] {
  const at = nextExpiry(after);
  return at === null ? [] : [{ timer: "ack", at }];
}

/** When the next step of any escalation is due. */
export function escalationTimer(after: Incident): TimerChange {
  return { timer: "escalate", at: nextDeadline(after) };
}

/** The timers of escalations, their answers and reminders of updates, where the events between two states changed when they are due. */
export function movedDeadlines(before: Incident, after: Incident): readonly TimerChange[] {
  const timers: TimerChange[] = [];
  if (nextDeadline(before) !== nextDeadline(after)) timers.push(escalationTimer(after));
  if (nextExpiry(before) !== nextExpiry(after)) timers.push({ timer: "ack", at: nextExpiry(after) });
  if (before.updates.remindAt !== after.updates.remindAt) timers.push(updateTimer(after));
  return timers;
}

/** When to ask who has command: some time after the acknowledgement, unless someone has it. */
export function commandTimer(event: AnyEvent, { status, roles, plan, commandReminders }: Incident): TimerChange {
  const requestsUpdate =
    isOpen(status) &&
    status !== "triggered" &&
    roles.commander === null &&
    plan.commandWithin !== null &&
    commandReminders < 2;
  return { timer: "command", at: requestsUpdate ? event.recordedAt + plan.commandWithin! : null };
}

/** When it is looked at again whether its alerts still fire. */
export function recheckTimer({ recheck }: Incident): readonly TimerChange[] {
  return [{ timer: "recheck", at: recheck?.at ?? null }];
}

/** The channels where people watch all incidents, or all of a team. No one watches a private one. */
export function watchingChannels(after: Incident, policy: Policy): readonly string[] {
  if (after.private) return [];
  return [
    ...new Set(
      [policy.channels.incidents, after.route.channel].filter((channel): channel is string => channel !== null),
    ),
  ];
}

/** Where people are addressed about an incident: its channel, else where it is announced; null for a private one without a channel. */
function addressPlace(incident: Incident, policy: Policy): string | null {
  const { channel, private: hidden, route } = incident;
  if (channel !== null && hasOwnChannel(incident)) return channel.id;
  return hidden ? null : (route.channel ?? policy.channels.incidents);
}

/** Notifies one person of event `seq`: by direct message, and by a mention where the incident is followed. */
export function addresseeEffects(
  after: Incident,
  person: Person,
  about: MessageTopic,
  seq: number,
  policy: Policy,
): Effect[] {
  const place = addressPlace(after, policy);
  return [
    { type: "chat.direct", to: person, about, seq },
    ...(place === null ? [] : [{ type: "chat.relay", channel: place, seq } as const]),
  ];
}

/**
 * Everything that shows the incident's state, asked to catch up with it. Where incidents are watched it is announced at
 * once, whatever becomes of its channel: the announcement gets the link when there is one.
 */
export function refreshEffects(after: Incident, policy: Policy): readonly Effect[] {
  if (after.archived) return [];
  if (after.channel === null && !after.channelRequested && !after.channelFailed) return [];
  const announcements = watchingChannels(after, policy).map((channel): Effect => ({ type: "chat.announce", channel }));
  if (after.channel === null) return announcements;
  return [{ type: "chat.header" }, { type: "chat.topic" }, { type: "chat.feed" }, ...announcements];
}
