import type { Event } from "#domain/events/event-registry.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import { splitRecipients } from "#domain/incident/page-recipients.ts";
import type { Instant } from "#domain/values/language.ts";

/** A page, its event, and when its recipient was first active after it, in any way. */
export type PageResponse = Page & {
  readonly from: readonly number[];
  /** The recipients; unknown where the pager itself chooses whom to page. */
  readonly names: readonly string[];
  readonly came: Instant | null;
};

/** `events`: those that stand. */
export function pageResponses({ pages }: Incident, events: readonly Event[]): readonly PageResponse[] {
  return pages.map((page) => {
    const requested = events.find((event) => event.type === "page.requested" && event.data.key === page.key);
    const { people, chat: ids = [] } = requested?.type === "page.requested" ? requested.data : { people: [] };
    // One name may have a comma in it.
    const names = people.length === 0 ? [] : people.length === 1 ? [page.to] : splitRecipients(page.to);
    const is = ({ id, name }: { readonly id: string; readonly name: string }): boolean =>
      ids.includes(id) || names.includes(name);
    const arrived = events.find(
      (event) =>
        event.at >= page.requestedAt &&
        (event.type === "member.joined" ? is(event.data.person) : event.actor.kind === "person" && is(event.actor)),
    );
    return { ...page, from: requested === undefined ? [] : [requested.seq], names, came: arrived?.at ?? null };
  });
}

/** It got through, and no one was active after it. */
export function isUnanswered({ acknowledgedAt, sentAt, came: arrived }: PageResponse): boolean {
  return acknowledgedAt === null && sentAt !== null && arrived === null;
}
