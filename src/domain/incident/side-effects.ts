import type { Effect, TimerChange } from "./effect.ts";
import type { Event } from "./event.ts";
import { hasTeamNotice, type Incident } from "./incident.ts";
import { isHigherPriority, isOpen } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { firstReviewReminder, isReviewDone, isExported, isInCanvas } from "#domain/postmortem/review.ts";
import { isRunEvent } from "#domain/automation/run-event.ts";

/** What must follow from events: wishes towards the outside world, and timers. */
export type SideEffects = { readonly effects: readonly Effect[]; readonly timers: readonly TimerChange[] };

/** Changes that nobody needs to see in the channel at once. */
const SILENT: ReadonlySet<Event["type"]> = new Set<Event["type"]>([
  "command.refused",
  "draft.posted",
  "postmortem.written",
  "chat.failed",
  "acknowledgement.extended",
  "message.marked",
  "message.unmarked",
  "message.captured",
  "message.edited",
  "message.deleted",
  "member.joined",
]);

/** What the page of a postmortem shows differently afterwards. Late notes show with whatever comes next. */
const REWRITES: ReadonlySet<Event["type"]> = new Set<Event["type"]>([
  "postmortem.written",
  "postmortem.owned",
  "postmortem.review_asked",
  "postmortem.reviewed",
  "postmortem.closed",
  "postmortem.gap_waived",
  "note.added",
  "milestone.corrected",
  "message.captured",
  "message.edited",
  "message.deleted",
  "message.unmarked",
  "update.posted",
  "title.changed",
  "task.added",
  "task.done",
  "task.ticketed",
  "verb.undone",
  "step.finished",
  "run.succeeded",
  "run.failed",
  "run.canceled",
]);

/** Pure: the effects and timers of newly recorded events, given the incident after them. */
export function deriveSideEffects(after: Incident, events: readonly Event[], policy: Policy): SideEffects {
  const effects: Effect[] = [];
  const timers: TimerChange[] = [];
  for (const event of events) reactTo(event, after, policy, effects, timers);
  if (events.some(({ type }) => REWRITES.has(type)) && isExported(after, policy)) effects.push({ type: "ticket.postmortem" });
  if (events.some(({ type }) => type === "postmortem.asked" || REWRITES.has(type)) && isInCanvas(after, policy)) effects.push({ type: "chat.canvas" });
  const loud = events.filter((event) => !SILENT.has(event.type));
  // Wished for with every change until there is one: what failed for want of a scope works once somebody has added it.
  if (loud.some(({ type }) => type !== "channel.failed") && after.channelRequested && after.channel === null && !after.archived)
    effects.push({ type: "chat.channel", had: after.channelsOpened });
  if (loud.length > 0) effects.push(...shown(after, policy));
  return { effects, timers };
}

function reactTo(event: Event, after: Incident, policy: Policy, effects: Effect[], timers: TimerChange[]): void {
  if (isRunEvent(event)) return void effects.push({ type: "chat.run", run: event.data.run });
  switch (event.type) {
    case "incident.opened":
    case "priority.changed": {
      timers.push({ timer: "update", at: after.updates.remindAt }, ...ackTimer(after));
      if (event.type === "priority.changed" && after.pages.length > 0) effects.push({ type: "page.describe" });
      const { ticket } = after.plan;
      if (typeof ticket === "number" && after.status === "triggered") timers.push({ timer: "ticket", at: event.at + ticket });
      const isNews = event.type === "incident.opened" || isHigherPriority(event.data.to, event.data.from);
      if (isNews && hasTeamNotice(after)) effects.push({ type: "chat.notices", channel: after.route.channel ?? policy.channels.incidents });
      return;
    }
    case "page.requested":
      effects.push({
        type: "page.trigger",
        key: event.data.key,
        to: event.data.to,
        people: event.data.people,
        priority: event.data.priority,
        episode: after.episode,
      });
      for (const id of event.data.chat ?? [])
        effects.push({ type: "chat.direct", to: { id, name: event.data.to }, about: { kind: "page", key: event.data.key }, seq: event.seq });
      return;
    case "note.added":
      // What is written down here is read there too, by people who were woken by it.
      if (event.actor.kind === "person" && after.pages.some(({ sentAt }) => sentAt !== null)) effects.push({ type: "page.annotate", seq: event.seq });
      return;
    case "acknowledgement.extended":
      timers.push(...ackTimer(after));
      return;
    case "escalation.armed":
      timers.push({ timer: "escalate", at: event.data.due });
      return;
    case "incident.acknowledged":
      timers.push({ timer: "escalate", at: null }, { timer: "ticket", at: null }, { timer: "update", at: after.updates.remindAt }, commandTimer(event, after));
      timers.push(...ackTimer(after));
      if (after.pages.length > 0) effects.push({ type: "page.acknowledge", episode: after.episode, ...heardFrom(event.data) });
      return;
    case "incident.unacknowledged":
      if (typeof after.plan.ticket === "number" && !after.ticketRequested) timers.push({ timer: "ticket", at: event.recordedAt + after.plan.ticket });
      return;
    case "incident.mitigated":
      timers.push({ timer: "escalate", at: null });
      return;
    case "quiet.began":
      timers.push({ timer: "quiet", at: event.data.until });
      return;
    case "quiet.ended":
      timers.push({ timer: "quiet", at: null });
      return;
    case "incident.resolved":
      timers.push(...STOPPED, { timer: "review", at: firstReviewReminder(after, event.recordedAt, policy) });
      if (policy.archiveAfter !== null) timers.push({ timer: "archive", at: event.at + policy.archiveAfter });
      if (after.pages.length > 0) effects.push({ type: "page.resolve", episode: after.episode, ...heardFrom(event.data) });
      if (after.channel !== null) effects.push({ type: "chat.draft", episode: after.episode });
      effects.push(...ticketEnds(event, after));
      return;
    case "incident.canceled":
    case "incident.merged":
      timers.push(...STOPPED);
      if (policy.archiveAfter !== null) timers.push({ timer: "archive", at: event.at + policy.archiveAfter });
      if (after.pages.length > 0) effects.push({ type: "page.resolve", episode: after.episode });
      effects.push(...ticketEnds(event, after));
      if (event.type === "incident.merged") effects.push({ type: "chat.pointer", into: event.data.into });
      return;
    case "verb.undone":
      timers.push(...wound(event, after, policy));
      for (const key of event.data.withdraws) effects.push({ type: "page.withdraw", key });
      for (const role of event.data.regained ?? [])
        if (after.roles[role] !== null) effects.push({ type: "chat.direct", to: after.roles[role], about: { kind: "role", role }, seq: event.seq });
      // An end that is taken back is a re-opening, and told as that.
      if (isOpen(event.data.was) && !isOpen(after.status)) effects.push(...ticketEnds(event, after));
      if (after.status === "closed" && after.channel !== null && !after.archived) effects.push({ type: "chat.archive", channel: after.channel.id });
      return;
    case "update.posted":
      timers.push({ timer: "update", at: after.updates.remindAt });
      for (const channel of watchers(after, policy)) effects.push({ type: "chat.relay", channel, seq: event.seq });
      return;
    case "update.overdue":
      timers.push({ timer: "update", at: after.updates.remindAt });
      effects.push({ type: "chat.direct", to: event.data.owed, about: { kind: "update-owed" }, seq: event.seq });
      return;
    case "command.missing":
      timers.push({ timer: "command", at: event.data.next });
      return;
    case "role.assigned":
      if (event.data.role === "commander") timers.push(commandTimer(event, after));
      if (event.data.person !== null)
        effects.push({ type: "chat.direct", to: event.data.person, about: { kind: "role", role: event.data.role }, seq: event.seq });
      return;
    case "handoff.offered":
      effects.push({ type: "chat.handoff", seq: event.seq }, { type: "chat.direct", to: event.data.to, about: { kind: "handoff" }, seq: event.seq });
      return;
    case "member.left":
      if (event.data.person.id === after.roles.commander?.id && isOpen(after.status))
        effects.push({ type: "chat.direct", to: event.data.person, about: { kind: "still-commander" }, seq: event.seq });
      return;
    case "message.marked":
    case "message.unmarked":
      effects.push({
        type: "chat.capture",
        channel: event.data.channel,
        id: event.data.id,
        thread: event.type === "message.marked" ? event.data.thread : null,
      });
      return;
    case "channel.drifted":
      // What cannot be put right in the channel cannot be said there either.
      if (!event.data.repaired) for (const channel of watchers(after, policy)) effects.push({ type: "chat.relay", channel, seq: event.seq });
      return;
    case "incident.reopened":
      timers.push(
        { timer: "archive", at: null },
        { timer: "review", at: null },
        { timer: "update", at: after.updates.remindAt },
        commandTimer(event, after),
        ...ackTimer(after),
      );
      if (typeof after.plan.ticket === "number" && after.status === "triggered") timers.push({ timer: "ticket", at: event.at + after.plan.ticket });
      effects.push(...ticketGoesOn(event, after));
      return;
    case "incident.closed":
      if (after.channel !== null) effects.push({ type: "chat.archive", channel: after.channel.id });
      return;
    case "postmortem.asked":
    case "postmortem.nudged":
      timers.push({ timer: "review", at: event.data.next });
      if (event.data.owner !== null) effects.push({ type: "chat.direct", to: event.data.owner, about: { kind: "postmortem" }, seq: event.seq });
      return;
    case "postmortem.owned":
      if (event.data.owner.id !== event.actor.id) effects.push({ type: "chat.direct", to: event.data.owner, about: { kind: "postmortem" }, seq: event.seq });
      return;
    case "postmortem.review_asked":
      for (const to of event.data.reviewers) effects.push({ type: "chat.direct", to, about: { kind: "review" }, seq: event.seq });
      return;
    case "postmortem.reviewed":
      timers.push({ timer: "review", at: null });
      return;
    case "postmortem.closed":
    case "postmortem.gap_waived":
    case "milestone.corrected":
      return;
    case "task.ticket_wanted":
      effects.push({ type: "ticket.followup", task: event.data.id });
      return;
    case "ticket.requested":
      effects.push({ type: "ticket.open" });
      return;
    case "page.sent":
      effects.push({ type: "page.describe" });
      return;
    case "channel.opened":
      effects.push({ type: "chat.bookmarks" }, { type: "chat.members" });
      if (after.pages.length > 0) effects.push({ type: "page.describe" });
      // Resolved while Slack was down: the draft was waiting for its channel.
      if (after.resolvedAt !== null) effects.push({ type: "chat.draft", episode: after.episode });
      return;
    case "ticket.opened":
      // It was over before the tracker answered.
      if (!isOpen(after.status)) effects.push(...ticketEnds(event, after));
      return;
    case "ticket.updated":
    case "alerts.fired":
    case "alerts.flapped":
    case "alerts.resolved":
    case "alerts.moved":
    case "alerts.unheard":
    case "delivery.truncated":
    case "alerts.absorbed":
    case "alerts.returned":
    case "title.changed":
    case "handoff.ended":
    case "pager.told":
    case "message.captured":
    case "message.edited":
    case "message.deleted":
    case "task.added":
    case "task.done":
    case "task.ticketed":
    case "task.ticket_failed":
    case "member.joined":
    case "channel.renamed":
    case "page.failed":
    case "storm.gathered":
    case "page.held":
    case "page.delayed":
    case "escalation.advanced":
    case "escalation.exhausted":
    case "ticket.failed":
    case "channel.failed":
    case "channel.archived":
    case "chat.failed":
    case "postmortem.published":
    case "postmortem.unpublished":
    case "draft.posted":
    case "postmortem.written":
    case "command.refused":
      return;
  }
}

/** The alarm of the pager that a fact came from: it knows. */
function heardFrom({ alarm }: { readonly alarm?: string }): { readonly except?: string } {
  return alarm === undefined ? {} : { except: alarm };
}

function ticketEnds({ seq }: Event, { tickets }: Incident): Effect[] {
  return tickets.length === 0 ? [] : [{ type: "ticket.close", seq }];
}

function ticketGoesOn({ seq }: Event, { status, tickets }: Incident): Effect[] {
  return tickets.length === 0 || !isOpen(status) ? [] : [{ type: "ticket.reopen", seq }];
}

/** What an incident that is over does not do any more. */
const STOPPED: readonly TimerChange[] = [
  { timer: "quiet", at: null },
  { timer: "escalate", at: null },
  { timer: "ticket", at: null },
  { timer: "update", at: null },
  { timer: "command", at: null },
  { timer: "ack", at: null },
];

/** Every timer as the state wants it, whatever happened to it meanwhile. */
function wound(event: Event, after: Incident, policy: Policy): readonly TimerChange[] {
  const { status, plan, ticketRequested } = after;
  const ticket = status === "triggered" && typeof plan.ticket === "number" && !ticketRequested ? event.recordedAt + plan.ticket : null;
  const archive = isOpen(status) || status === "closed" || policy.archiveAfter === null ? null : event.recordedAt + policy.archiveAfter;
  return [
    { timer: "quiet", at: after.quietUntil },
    { timer: "escalate", at: after.escalation.next?.at ?? null },
    { timer: "ticket", at: ticket },
    { timer: "update", at: after.updates.remindAt },
    commandTimer(event, after),
    { timer: "ack", at: status === "acknowledged" ? after.ackUntil : null },
    { timer: "archive", at: archive },
    { timer: "review", at: isReviewDone(after) ? null : (after.postmortem.nudgeAt ?? firstReviewReminder(after, event.recordedAt, policy)) },
  ];
}

/** When an acknowledgement that nobody follows up on expires. One that has lost its meaning meanwhile changes nothing when it is due. */
function ackTimer({ status, ackUntil }: Incident): readonly TimerChange[] {
  return status === "acknowledged" && ackUntil !== null ? [{ timer: "ack", at: ackUntil }] : [];
}

/** When to ask who has command: some time after somebody has heard the alert, unless somebody has it. */
function commandTimer(event: Event, { status, roles, plan, commandReminders }: Incident): TimerChange {
  const asks = isOpen(status) && status !== "triggered" && roles.commander === null && plan.commandWithin !== null && commandReminders < 2;
  return { timer: "command", at: asks ? event.recordedAt + plan.commandWithin! : null };
}

/** The channels where people watch all incidents, or all of a team. Nobody watches a private one. */
function watchers(after: Incident, policy: Policy): readonly string[] {
  if (after.private) return [];
  return [...new Set([policy.channels.incidents, after.route.channel].filter((channel): channel is string => channel !== null))];
}

/** Everything that shows the incident's state, asked to catch up with it. */
function shown(after: Incident, policy: Policy): Effect[] {
  if (after.archived) return [];
  if (after.channel === null && !after.channelFailed) return [];
  const announcements = watchers(after, policy).map((name): Effect => ({ type: "chat.announce", channel: name }));
  if (after.channel === null) return announcements;
  return [{ type: "chat.header" }, { type: "chat.topic" }, { type: "chat.feed" }, ...announcements];
}
