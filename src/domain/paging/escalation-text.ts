import type { Context } from "#domain/events/decision.ts";
import { NO_ONE_ON_CALL, NO_STEP_LEFT } from "#domain/incident/escalation-state.ts";
import type { Incident, Page, PageStatus } from "#domain/incident/incident.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import { incidentId, isOpen, type Instant } from "#domain/values/language.ts";
import { plainWords } from "#domain/values/plain-words.ts";
import { joinText, localTime, richText, type RichText, type TextLike } from "#domain/values/rich-text.ts";
import { resolveNextPages, type StepContext } from "./next-step.ts";
import { callsByName, isWaitingForAnswer, summarizeEscalations, type EscalationSummary } from "./escalation-summary.ts";

// What people read of the escalations of an incident: in the card, a status, an answer and the dashboard.

/** Writes a time down: as each reader's own, or in UTC. */
type TimeWriter = (at: Instant) => TextLike;

function utcTime(at: Instant): string {
  return `${formatUtcTime(at)} UTC`;
}

const STATUS_WORDS: Readonly<Record<PageStatus, string>> = {
  requested: "page requested",
  sent: "paged",
  acknowledged: "acknowledged",
  expired: "page expired",
  failed: "page failed",
  canceled: "page canceled",
  resolved: "paged, ended",
};

/** The state of a page, in words: "Paged" stands only for one that reached the pager or the person. */
export function pageStatusText({ status, held = [], people = [], carriedTo }: Page): string {
  if (carriedTo !== undefined) return `went along into ${incidentId(carriedTo)}`;
  const words = STATUS_WORDS[status];
  if (held.length === 0 || status === "acknowledged") return words;
  return held.length === people.length ? `${words}, no direct message` : `${words}, no direct message to some`;
}

/** The latest page of each recipient, with what became of it: "Alice (paged), Bob (page failed)". */
function pagedText(pages: readonly Page[]): string {
  return [...new Map(pages.map((page) => [page.to, page])).values()]
    .map((page) => `${page.to} (${pageStatusText(page)})`)
    .join(", ");
}

/** Who is paged next, and when. */
function nextText({ next }: EscalationSummary, time: TimeWriter): TextLike {
  if (next === null) return "";
  if (next.to === NO_ONE_ON_CALL) return richText`no one is on call; next look ${time(next.at)}`;
  return next.to === NO_STEP_LEFT
    ? richText`next: a call to everyone who was paged, ${time(next.at)}`
    : richText`next: ${next.to} ${time(next.at)}`;
}

/** Where one escalation stands: "payments: acknowledged by Alice 14:35", "search: not answered · Bob (paged) · next: Dana 14:42". */
function escalationText(summary: EscalationSummary): RichText {
  const { team, pages, answered, rounds, unseenSince } = summary;
  const parts: TextLike[] =
    answered === null
      ? [
          pages.length === 0 && summary.next === null ? "no one was paged" : "not answered",
          pagedText(pages),
          rounds === 0 ? "" : `every step was paged ${rounds === 1 ? "once" : `${rounds} times`}`,
        ]
      : [
          richText`acknowledged by ${answered.by.name} ${localTime(answered.at)}`,
          unseenSince !== null
            ? richText`something new fires since ${localTime(unseenSince)}`
            : answered.until === null
              ? ""
              : richText`expires ${localTime(answered.until)} without activity`,
        ];
  parts.push(nextText(summary, localTime));
  return richText`*${team ?? "no team"}*: ${joinText(
    parts.filter((part) => part !== ""),
    " · ",
  )}`;
}

/** Whether one sentence is enough: there is one escalation, and everyone who was called by name has answered. */
export function hasOneEscalation(incident: Incident): boolean {
  return Object.keys(incident.teamEscalations).length === 0 && openCalls(incident).length === 0;
}

function openCalls(incident: Incident): readonly Page[] {
  return callsByName(incident).filter(({ status }) => status !== "acknowledged" && status !== "canceled");
}

/**
 * A line for each escalation of an open incident that has several, and one for who was called by name and has not
 * answered; none when one sentence is enough.
 */
export function escalationLines(incident: Incident): readonly RichText[] {
  if (!isOpen(incident.status) || hasOneEscalation(incident)) return [];
  const calls = openCalls(incident);
  return [
    ...summarizeEscalations(incident).map((summary) => escalationText(summary)),
    ...(calls.length === 0 ? [] : [richText`*Called by name*: ${pagedText(calls)}`]),
  ];
}

/** What is due next of an incident with one escalation, to go after "Next: "; null: nothing is. */
export function nextPageText(incident: Incident): RichText | null {
  const [own] = summarizeEscalations(incident);
  const { next, unseenSince, pages } = own!;
  if (next === null) return null;
  const unless = unseenSince === null ? "unless someone acknowledges" : "without activity";
  if (next.to === NO_ONE_ON_CALL) return richText`looks again ${localTime(next.at)} for someone who is on call`;
  const whom = next.to === NO_STEP_LEFT ? "calls everyone who was paged" : `pages ${next.to}`;
  const missed = pages.filter((page) => page.status === "failed" || (page.held ?? []).length > 0);
  return richText`${whom} ${localTime(next.at)} ${unless}${missed.length === 0 ? "" : ` · ${pagedText(missed)}`}`;
}

/** In few words, of an incident with several escalations: the teams that have not answered, and who was called; null: none. */
export function waitingText(incident: Incident): RichText | null {
  if (!isOpen(incident.status) || hasOneEscalation(incident)) return null;
  const waiting: readonly TextLike[] = [
    ...summarizeEscalations(incident)
      .filter(isWaitingForAnswer)
      .map((summary) => richText`*${summary.team ?? "no team"}* (${nextText(summary, localTime)})`),
    ...openCalls(incident).map(({ to }) => to),
  ];
  return waiting.length === 0 ? null : richText`not answered by ${joinText(waiting, ", ")}`;
}

/** The teams that have not answered, each with who is next, in one sentence for an answer; "" when none is left. Times are UTC. */
export function unansweredText(incident: Incident, ctx: StepContext & Pick<Context, "now">): string {
  if (!isOpen(incident.status) || hasOneEscalation(incident)) return "";
  const teams = summarizeEscalations(resolveNextPages(incident, ctx))
    .filter(isWaitingForAnswer)
    .map((summary) => {
      const next = plainWords(nextText(summary, (at) => `at ${utcTime(at)}`));
      return `${summary.team ?? "The incident's own team"} has not answered; ${next}.`;
    });
  const calls = openCalls(incident).map((page) => `${page.to} has not answered (${pageStatusText(page)}).`);
  return [...teams, ...calls].join(" ");
}

/** The words for what events came to; when they answer a page, with who has not answered in the incident after them. */
export function withUnanswered(
  text: string,
  after: Incident,
  events: readonly { readonly type: string }[],
  ctx: StepContext & Pick<Context, "now">,
): string {
  const isAnswer = events.some(({ type }) => type === "incident.acknowledged" || type === "page.acknowledged");
  const left = isAnswer ? unansweredText(after, ctx) : "";
  return left === "" ? text : `${text}. ${left}`;
}
