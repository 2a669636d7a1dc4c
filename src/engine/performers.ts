import type { IncidentCommand } from "#domain/command.ts";
import type { Effect } from "#domain/effect.ts";
import { incidentId } from "#domain/language.ts";
import type { StoredIncident } from "#db/incidents.ts";
import { ticketBody } from "#views/ticket.ts";
import { pageUrl } from "./links.ts";
import type { Job, Performer } from "./job.ts";
import * as chat from "./perform-chat.ts";

/** One line for each effect; a new one without a performer does not compile. */
export const performers: { readonly [T in Effect["type"]]: Performer<T> } = {
  "page.trigger": async (effect, job) => {
    const { stored, engine } = incidentOf(job);
    const { state } = stored;
    await engine.paging.trigger({
      dedupKey: dedupKey(stored, effect.episode),
      to: effect.to,
      people: effect.people,
      priority: effect.priority,
      incident: incidentId(state.number),
      summary: `${state.priority} ${incidentId(state.number)}: ${state.title}`,
      source: state.route.service ?? state.title,
      url: pageUrl(engine, state.number),
    });
    return { commands: [{ type: "page.sent", key: effect.key, to: effect.to, via: engine.paging.name }] };
  },
  "page.acknowledge": async (effect, job) => {
    const { stored, engine } = incidentOf(job);
    await engine.paging.acknowledge(dedupKey(stored, effect.episode));
    return {};
  },
  "page.resolve": async (effect, job) => {
    const { stored, engine } = incidentOf(job);
    await engine.paging.resolve(dedupKey(stored, effect.episode));
    return {};
  },
  "ticket.open": async (_, job) => {
    const { stored, engine } = incidentOf(job);
    const { state } = stored;
    const ticket = await engine.tickets.open({
      key: stored.uid,
      title: `${incidentId(state.number)}: ${state.title}`,
      body: ticketBody(state, pageUrl(engine, state.number)),
      team: state.route.team,
    });
    return ticket === null ? {} : { commands: [{ type: "ticket.opened", ...ticket }] };
  },
  "chat.channel": chat.openChannel,
  "chat.header": chat.header,
  "chat.topic": chat.topic,
  "chat.bookmarks": chat.bookmarks,
  "chat.members": chat.members,
  "chat.feed": chat.feed,
  "chat.announce": chat.announce,
  "chat.notices": chat.notices,
  "chat.digest": chat.digest,
  "chat.draft": chat.draft,
  "chat.archive": chat.archive,
  "chat.whisper": chat.whisper,
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
    // They would need the chat that has just failed, or the person will try again.
    case "chat.whisper":
    case "page.acknowledge":
    case "page.resolve":
      return [];
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
      return [{ type: "chat.failed", what: effect.type, reason }];
  }
}

/** A new episode of an incident is a new alarm for the paging service, which never re-opens a resolved one. */
function dedupKey({ uid }: StoredIncident, episode: number): string {
  return `muster:${uid}:${episode}`;
}

function incidentOf(job: Job): Job & { readonly stored: StoredIncident } {
  if (job.stored === null) throw new Error(`bug: ${job.ask.key} without an incident`);
  return { ...job, stored: job.stored };
}
