import type { Effect } from "#domain/effects/effect-registry.ts";
import type { Page } from "#domain/incident/incident.ts";
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
