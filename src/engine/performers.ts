import type { IncidentCommand } from "#domain/command.ts";
import type { Effect } from "#domain/effect.ts";
import type { Performer } from "./job.ts";
import { capture } from "./perform-capture.ts";
import * as chat from "./perform-chat.ts";
import { check } from "./perform-check.ts";
import * as oncall from "./perform-oncall.ts";
import * as page from "./perform-page.ts";
import * as people from "./perform-people.ts";
import { run } from "./perform-run.ts";
import * as ticket from "./perform-ticket.ts";
import { canvas, publish } from "./perform-postmortem.ts";
import { week } from "./week.ts";

/** One line for each effect; a new one without a performer does not compile. */
export const performers: { readonly [T in Effect["type"]]: Performer<T> } = {
  "page.trigger": page.trigger,
  "page.acknowledge": page.acknowledge,
  "page.resolve": page.resolve,
  "page.withdraw": page.withdraw,
  "page.annotate": page.annotate,
  "page.describe": page.describeAlarm,
  "ticket.open": ticket.open,
  "ticket.followup": ticket.followUp,
  "ticket.postmortem": publish,
  "ticket.close": ticket.close,
  "ticket.reopen": ticket.reopen,
  "chat.channel": chat.openChannel,
  "chat.header": chat.header,
  "chat.topic": chat.topic,
  "chat.bookmarks": chat.bookmarks,
  "chat.members": chat.members,
  "chat.feed": chat.feed,
  "chat.announce": chat.announce,
  "chat.notices": chat.notices,
  "chat.digest": chat.digest,
  "chat.week": week,
  "chat.draft": chat.draft,
  "chat.archive": chat.archive,
  "chat.canvas": canvas,
  "chat.whisper": chat.whisper,
  "chat.direct": people.direct,
  "chat.relay": people.relay,
  "chat.handoff": people.handoff,
  "chat.pointer": people.pointer,
  "chat.capture": capture,
  "chat.check": check,
  "chat.arranged": oncall.arranged,
  "chat.shift": oncall.shift,
  "chat.group": oncall.group,
  "chat.run": run,
};

/** What the incident is told when an effect failed for good: people must see it where they are. */
export function failed(effect: Effect, reason: string): readonly IncidentCommand[] {
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
export function delayed(effect: Effect, reason: string): readonly IncidentCommand[] {
  return effect.type === "page.trigger" ? [{ type: "page.delayed", key: effect.key, to: effect.to, reason }] : [];
}
