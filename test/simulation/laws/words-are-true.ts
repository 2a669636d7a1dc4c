import { listEscalations, type EscalationKey } from "#domain/incident/team-escalation.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import { isOpen, STATUSES, type Instant } from "#domain/values/language.ts";
import { renderMessage } from "#integrations/slack/render-message.ts";
import { incidentCard } from "#views/channel/incident-card.ts";
import { statusMessage } from "#views/response/answer-messages.ts";
import type { SimWorld } from "../world/sim-world.ts";
import type { Law, Step } from "./law.ts";

/** Law 14: the answer that a person gets after a command is true. */
export function answersAreTrue(world: SimWorld): Law {
  return {
    name: "law 14: an answer tells the state after it",
    after: (step) => (step.actor.kind === "person" ? falseAnswer(world, step) : null),
  };
}

const STATUS_CLAIM = new RegExp(String.raw`^INC-(\d+) is (${STATUSES.join("|")})\b`, "g");
const TEAM_CLAIM = /(\w+) has not answered; (?:next: [^.;]+?|no one is on call; looked for again) at (\d\d:\d\d) UTC/g;

function falseAnswer(world: SimWorld, { applied, body }: Step): string | null {
  const { outcome, events } = applied;
  const { text, kind } = outcome;
  const changed = events.find(({ event }) => event.type !== "command.refused");
  if (kind === "refused" && changed !== undefined) return `"${text}" refuses, and ${changed.event.type} was written`;
  if (kind === "unchanged" && events.length > 0)
    return `"${text}" is answered, and ${events[0]!.event.type} was written`;
  for (const [claim, number, status] of kind === "refused" ? text.matchAll(STATUS_CLAIM) : []) {
    const state = world.store.findIncident(Number(number));
    if (state !== null && state.status !== status) return `"${claim}" is answered, and it is ${state.status}`;
  }
  if (body.type !== "incident" || kind !== "applied") return null;
  // What is announced of a page that went along in a merge is answered by the incident where it is.
  const incident = world.store.findIncident(outcome.incident ?? body.incident)!;
  for (const [claim, team, at] of text.matchAll(TEAM_CLAIM)) {
    // "The incident's own team", where it has none by name.
    const found = listEscalations(incident).find(([key]) => (key ?? incident.route.team ?? "team") === team);
    const next = found?.[1].next ?? null;
    if (next === null || formatUtcTime(next.at) !== at)
      return `"${claim}" is answered, and ${next === null ? "nothing is due" : `its step is due at ${formatUtcTime(next.at)}`}`;
  }
  return null;
}

/** What people read of an incident, as their chat shows it. */
function readable(message: ChatMessage): string {
  const { text, blocks } = renderMessage(message);
  return `${text}\n${JSON.stringify(blocks)}`;
}

/** A time that is announced to be the next. */
const PROMISED = /(?:[Pp]ages|calls|next:|looks|looked for|resolves|expires|Checked)[^<>]*<!date\^(\d+)\^/g;
const NAMES_NEXT = /[Pp]ages |calls everyone|looks again|next: |looked for again|resolves /;

/** Law 14: the card and the status show who is next and when, and a timer comes by then. */
export function cardIsTrue(world: SimWorld): Law {
  return {
    name: "law 14: the card and the status tell the state",
    after: ({ applied }) => {
      for (const number of new Set(applied.events.map(({ incident }) => incident))) {
        const incident = world.store.findIncident(number)!;
        // By turns: both are made of the same state, and reading them is most of what a story costs.
        const wrong =
          incident.lastEvent % 2 === 0
            ? falseText(world, incident, "card", incidentCard(incident, PAGE))
            : falseText(world, incident, "status", statusMessage(incident, PAGE, world.clock.now()));
        if (wrong !== null) return wrong;
      }
      return null;
    },
  };
}

const PAGE = "https://muster.example/1";

function falseText(world: SimWorld, incident: Incident, name: string, message: ChatMessage): string | null {
  const text = readable(message);
  const { number, status, alerts, plan, pages } = incident;
  const wrong = (what: string): string => `the ${name} of INC-${number} ${what}`;
  if (!text.includes(status)) return wrong(`does not say that it is ${status}`);
  const counted = [
    `${alerts.firing} of ${alerts.total} alert`,
    ...(alerts.firing === alerts.total ? [`${alerts.total} alert`] : []),
  ];
  if (!counted.some((count) => new RegExp(`\\b${count}s? firing`).test(text)))
    return wrong("does not count what fires");
  const waits = status === "triggered" && plan.page !== "none" && pages.length > 0;
  if (waits && !NAMES_NEXT.test(text)) return wrong("does not say who is next, and no one has it");
  const timers = [...world.store.timers.values()].filter((each) => each.incident === number).map(({ at }) => at);
  for (const [claim, seconds] of text.matchAll(PROMISED)) {
    const at = (Number(seconds) + 1) * 1000;
    if (isOpen(status) && !timers.some((each) => each < at))
      return wrong(`says "${claim}", and nothing is due by then`);
  }
  return null;
}

/** Who is next as an incident announced it, since when. */
type AnnouncedNext = { readonly to: string; readonly at: Instant; readonly since: Instant };

/** Law 14: the person who is announced to be next is paged when it is time. */
export function nextIsTrue(world: SimWorld): Law {
  const announced = new Map<string, AnnouncedNext>();
  return {
    name: "law 14: who is announced to be next is paged next",
    after: ({ body, applied }) => {
      const due = body.type === "incident" && body.command.type === "timer.due" ? body.incident : null;
      const wrong = due === null ? null : falseNext(world, due, announced, applied);
      for (const number of new Set(applied.events.map(({ incident }) => incident))) {
        const incident = world.store.findIncident(number)!;
        for (const [key, { next }] of listEscalations(incident)) {
          const id = idOf(number, key);
          const before = announced.get(id);
          if (next === null) announced.delete(id);
          else if (before?.to !== next.to || before.at !== next.at)
            announced.set(id, { to: next.to, at: next.at, since: world.now() });
        }
      }
      return wrong;
    },
  };
}

function idOf(number: number, key: EscalationKey): string {
  return `${number} ${key ?? ""}`;
}

function falseNext(
  world: SimWorld,
  number: number,
  announced: ReadonlyMap<string, AnnouncedNext>,
  { events }: Step["applied"],
): string | null {
  const held = events.some(({ event }) => event.type === "page.held");
  for (const { incident, event } of events) {
    if (incident !== number || event.type !== "page.requested" || event.data.apart === true) continue;
    const next = announced.get(idOf(number, event.data.team ?? null));
    const stale = (since: Instant): boolean =>
      (world.roster.editedAt !== null && world.roster.editedAt >= since) || world.livesSince() >= since;
    if (next === undefined || next.at !== world.clock.now() || held || stale(next.since)) continue;
    if (next.to !== event.data.to)
      return `INC-${number} announced that ${next.to} is next, and ${event.data.to} is paged`;
  }
  return null;
}
