import type { Effect } from "#domain/effects/effect-registry.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import { isReinforcement } from "#domain/incident/page-route.ts";

/** The route of a page that reached no one, as earlier versions stored it. */
export const DRY_RUN_ROUTE = "dry-run";

/** A page that started an alarm may have opened nothing; one that joined an open alarm was seen there. */
export function confirmationOf({ key, via }: { readonly key: string; readonly via: string }): readonly Effect[] {
  return via === DRY_RUN_ROUTE || isReinforcement(via) ? [] : [{ type: "page.confirm", key }];
}

/** The pages after one has failed. What the pager took and then dropped was sent to no one; an answer outlives that. */
export function failPage(pages: readonly Page[], key: string): readonly Page[] {
  return pages.map((page) =>
    page.key === key && (page.status === "requested" || page.status === "sent")
      ? { ...page, sentAt: null, status: "failed" }
      : page,
  );
}

/** Whether the direct messages of pages read differently after some events: someone answered, it ended, or has a channel. */
export function hasPageNews(before: Incident, after: Incident): boolean {
  if (!after.pages.some(({ chat = [] }) => chat.length > 0)) return false;
  if (before.status !== after.status || before.title !== after.title || before.priority !== after.priority) return true;
  if (before.channel?.id !== after.channel?.id) return true;
  if (before.pages === after.pages) return false;
  const known = new Map(before.pages.map((page) => [page.key, page]));
  return after.pages.some((page) => {
    const was = known.get(page.key);
    return (
      was !== undefined &&
      (was.status !== page.status || (was.answeredBy === undefined) !== (page.answeredBy === undefined))
    );
  });
}
