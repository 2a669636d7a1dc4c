import type { Effect, TimerChange } from "./effect.ts";
import type { Event } from "./event.ts";
import type { Incident } from "./incident.ts";
import type { Policy } from "./policy.ts";

/** What must follow from events: wishes towards the outside world, and timers. */
export type Reaction = { readonly effects: readonly Effect[]; readonly timers: readonly TimerChange[] };

/** Changes that nobody needs to see in the channel at once. */
const SILENT: ReadonlySet<Event["type"]> = new Set<Event["type"]>(["command.refused", "draft.posted", "chat.failed"]);

/** Pure: the effects and timers of newly recorded events, given the incident after them. */
export function react(after: Incident, events: readonly Event[], policy: Policy): Reaction {
  const effects: Effect[] = [];
  const timers: TimerChange[] = [];
  for (const event of events) reactTo(event, after, policy, effects, timers);
  if (events.some((event) => !SILENT.has(event.type))) effects.push(...shown(after, policy));
  return { effects, timers };
}

function reactTo(event: Event, after: Incident, policy: Policy, effects: Effect[], timers: TimerChange[]): void {
  switch (event.type) {
    case "incident.opened":
    case "priority.changed": {
      const { ticket } = after.plan;
      if (typeof ticket === "number" && after.status === "triggered") timers.push({ timer: "ticket", at: event.at + ticket });
      if (after.plan.channel && after.channel === null) effects.push({ type: "chat.channel", episode: after.episode });
      if (!after.channelRequested && after.plan.notify === "team")
        effects.push({ type: "chat.notices", channel: after.route.channel ?? policy.channels.incidents });
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
      return;
    case "escalation.armed":
      timers.push({ timer: "escalate", at: event.data.due });
      return;
    case "incident.acknowledged":
      timers.push({ timer: "escalate", at: null }, { timer: "ticket", at: null });
      if (after.pages.length > 0) effects.push({ type: "page.acknowledge", episode: after.episode });
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
      timers.push({ timer: "quiet", at: null }, { timer: "escalate", at: null }, { timer: "ticket", at: null });
      if (policy.archiveAfter !== null) timers.push({ timer: "archive", at: event.at + policy.archiveAfter });
      if (after.pages.length > 0) effects.push({ type: "page.resolve", episode: after.episode });
      if (after.channel !== null) effects.push({ type: "chat.draft", episode: after.episode });
      return;
    case "incident.reopened":
      timers.push({ timer: "archive", at: null });
      if (typeof after.plan.ticket === "number" && after.status === "triggered") timers.push({ timer: "ticket", at: event.at + after.plan.ticket });
      if (after.channelRequested && after.channel === null) effects.push({ type: "chat.channel", episode: after.episode });
      return;
    case "incident.closed":
      if (after.channel !== null) effects.push({ type: "chat.archive", channel: after.channel.id });
      return;
    case "ticket.requested":
      effects.push({ type: "ticket.open" });
      return;
    case "channel.opened":
      effects.push({ type: "chat.bookmarks" }, { type: "chat.members" });
      // Resolved while Slack was down: the draft was waiting for its channel.
      if (after.resolvedAt !== null) effects.push({ type: "chat.draft", episode: after.episode });
      return;
    case "ticket.opened":
    case "alerts.fired":
    case "alerts.flapped":
    case "alerts.resolved":
    case "alerts.moved":
    case "alerts.unheard":
    case "delivery.truncated":
    case "role.assigned":
    case "page.sent":
    case "page.failed":
    case "escalation.advanced":
    case "escalation.exhausted":
    case "ticket.failed":
    case "channel.failed":
    case "channel.archived":
    case "chat.failed":
    case "draft.posted":
    case "command.refused":
      return;
  }
}

/** Everything that shows the incident's state, asked to catch up with it. */
function shown(after: Incident, policy: Policy): Effect[] {
  if (after.archived || (after.channel === null && !after.channelFailed)) return [];
  const announced = [policy.channels.incidents, after.route.channel].filter((channel): channel is string => channel !== null);
  const announcements = [...new Set(announced)].map((channel): Effect => ({ type: "chat.announce", channel }));
  if (after.channel === null) return announcements;
  return [{ type: "chat.header" }, { type: "chat.topic" }, { type: "chat.feed" }, ...announcements];
}
