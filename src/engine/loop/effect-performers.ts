import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import type { Effect } from "#domain/incident/effect.ts";
import type { EffectPerformer } from "#engine/base/effect-context.ts";
import { importMarkedMessage } from "#engine/channel/message-import.ts";
import * as chat from "#engine/channel/channel-performers.ts";
import { checkChannel } from "#engine/channel/channel-drift.ts";
import * as oncall from "#engine/oncall/oncall-performers.ts";
import * as page from "#engine/paging/paging-performers.ts";
import * as people from "#engine/response/response-performers.ts";
import { showRunCard } from "#engine/automation/run-performers.ts";
import * as ticket from "#engine/tickets/ticket-performers.ts";
import { postDraft, updateCanvas, proposePostmortem } from "#engine/postmortem/postmortem-performers.ts";
import { postDigest } from "#engine/reporting/daily-digest.ts";
import { postNotices } from "#engine/reporting/team-notices.ts";
import { postWeeklyDigest } from "#engine/reporting/weekly-digest.ts";

/** One line for each effect; a new one without a performer does not compile. */
export const effectPerformers: { readonly [T in Effect["type"]]: EffectPerformer<T> } = {
  "page.trigger": page.triggerPage,
  "page.acknowledge": page.acknowledgeAlarms,
  "page.resolve": page.resolveAlarms,
  "page.withdraw": page.withdrawPage,
  "page.annotate": page.annotateAlarms,
  "page.describe": page.describeAlarms,
  "ticket.open": ticket.openTicket,
  "ticket.followup": ticket.openFollowUp,
  "ticket.postmortem": proposePostmortem,
  "ticket.close": ticket.closeTickets,
  "ticket.reopen": ticket.reopenTickets,
  "chat.channel": chat.openChannel,
  "chat.header": chat.showIncidentCard,
  "chat.topic": chat.setChannelTopic,
  "chat.bookmarks": chat.setBookmarks,
  "chat.members": chat.inviteMembers,
  "chat.feed": chat.postFeed,
  "chat.announce": chat.announceIncident,
  "chat.notices": postNotices,
  "chat.digest": postDigest,
  "chat.week": postWeeklyDigest,
  "chat.draft": postDraft,
  "chat.archive": chat.archiveChannel,
  "chat.canvas": updateCanvas,
  "chat.whisper": chat.postEphemeral,
  "chat.direct": people.sendDirectMessage,
  "chat.relay": people.relayUpdate,
  "chat.handoff": people.sendHandoff,
  "chat.pointer": people.postMergeNotice,
  "chat.capture": importMarkedMessage,
  "chat.check": checkChannel,
  "chat.arranged": oncall.postArrangement,
  "chat.shift": oncall.postShift,
  "chat.group": oncall.syncUserGroup,
  "chat.run": showRunCard,
};

/** What the incident is told when an effect failed for good: people must see it where they are. */
export function failureCommands(effect: Effect, reason: string): readonly IncidentCommand[] {
  switch (effect.type) {
    case "page.trigger":
      return [{ type: "page.failed", key: effect.key, to: effect.to, reason }];
    case "chat.channel":
      return [{ type: "channel.failed", reason }];
    case "ticket.open":
      return [{ type: "ticket.failed", reason }];
    case "ticket.followup":
      return [{ type: "task.ticket_failed", id: effect.task, reason }];
    case "ticket.postmortem":
      return [{ type: "postmortem.unpublished", where: "GitHub", reason }];
    case "ticket.close":
      return [{ type: "ticket.failed", reason, what: "close" }];
    case "ticket.reopen":
      return [{ type: "ticket.failed", reason, what: "reopen" }];
    // They would need the chat that has just failed, or the person will try again.
    case "chat.whisper":
    case "page.acknowledge":
    case "page.resolve":
    case "page.withdraw":
    case "page.annotate":
    case "page.describe":
    // They are about no incident; the log says it.
    case "chat.arranged":
    case "chat.shift":
    case "chat.group":
    case "chat.week":
      return [];
    case "chat.direct":
    case "chat.relay":
    case "chat.handoff":
    case "chat.pointer":
    case "chat.capture":
    case "chat.check":
    case "chat.header":
    case "chat.topic":
    case "chat.bookmarks":
    case "chat.members":
    case "chat.feed":
    case "chat.announce":
    case "chat.notices":
    case "chat.digest":
    case "chat.draft":
    case "chat.archive":
    case "chat.run":
    case "chat.canvas":
      return [{ type: "chat.failed", what: effect.type, reason }];
  }
}

/** What the incident is told when an effect failed for the first time and is tried again: a page that is late, people must know of. */
export function delayCommands(effect: Effect, reason: string): readonly IncidentCommand[] {
  return effect.type === "page.trigger" ? [{ type: "page.delayed", key: effect.key, to: effect.to, reason }] : [];
}
