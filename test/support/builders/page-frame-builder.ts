import type { PageFrame } from "#views/dashboard/page-frame.ts";

/** What stands around a page in tests of views. */
export const PAGE_FRAME: PageFrame = {
  viewer: { name: "Alice", canLeave: true },
  csrf: "csrf-token",
  mayPost: () => true,
  lacks: null,
  assets: { style: "/assets/muster.css", script: "/assets/muster.js" },
};

const NAMES =
  "html head meta title link script noscript body a header div nav span form input button main footer h1 h2 h3 h4 h5 h6 table thead tbody tr th td br dl dt dd time pre p ol ul li section aside article figure figcaption details summary label select option datalist textarea svg g rect line text b em strong code del ins hr blockquote small";
const ATTRIBUTES =
  "lang charset name content href class rel datetime src type http-equiv data-live data-region id role aria-label aria-labelledby aria-current aria-hidden tabindex method action value list required maxlength autocomplete placeholder rows selected scope colspan start viewBox x y x1 x2 y1 y2 width height rx text-anchor";

const OWN = new RegExp(
  `^<(?:!doctype html|/?(?:${NAMES.replaceAll(" ", "|")})(?: (?:${ATTRIBUTES.replaceAll(" ", "|")})(?:="[^"<>]*")?)*)>$`,
);

/** The tags of a page that this project does not write itself. */
export function foreignTags(page: string): string[] {
  return (page.match(/<[^>]*>?/g) ?? []).filter((tag) => !OWN.test(tag));
}
