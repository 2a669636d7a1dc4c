import { expect, test } from "vitest";
import { isPageOfEpisode } from "#domain/paging/page-episode.ts";
import { aPage } from "#test/support/builders/incidents.ts";

const SECOND_EPISODE = { number: 3, episode: 2 };

test.each([
  ["its own episode", aPage({ key: "k", episode: 2 }), true],
  ["an earlier one", aPage({ key: "k", episode: 1 }), false],
  ["its own, stored by an earlier version", aPage({ key: "INC-3:2:P1:4" }), true],
  ["an earlier one, stored by an earlier version", aPage({ key: "INC-3:1:P1:0" }), false],
  ["the twentieth, stored by an earlier version", aPage({ key: "INC-3:20:P1:9" }), false],
])("a page of %s", (_, page, belongs) => {
  expect(isPageOfEpisode(page, SECOND_EPISODE)).toBe(belongs);
});
