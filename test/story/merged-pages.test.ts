import { afterEach, beforeEach, expect, test } from "vitest";
import { StoryHarness } from "#test/support/harness/story.ts";

let house: StoryHarness;
beforeEach(async () => void (house = await StoryHarness.open()));
afterEach(() => house.end());

const CHECKOUT = { service: "checkout", severity: "critical" };
const CARTS = { service: "carts", severity: "critical" };

type ShownPage = {
  readonly key: string;
  readonly status: string;
  readonly origin?: string;
  readonly carriedTo?: string;
};
const pagesOf = async (id: string): Promise<readonly ShownPage[]> =>
  (await house.incident(id))["pages"] as readonly ShownPage[];

test("two incidents that are one: no one is paged again, the first page is answered where it went, and undo gives it back", async () => {
  await house.alertmanager.fires(CHECKOUT, { summary: "checkout is down" });
  house.pages.expect(["P0 Alice"]);
  await house.alertmanager.fires(CARTS, { summary: "carts are empty" });
  house.pages.expect(["P0 Alice"]);
  const [page] = await pagesOf("INC-1");

  await house.slack.types("bob", "INC-1 merge INC-2");
  house.slack.expectWhisper("bob", "INC-1: Merged into INC-2 by Bob: go on there");
  house.pages.expect([]);
  expect(await pagesOf("INC-1")).toMatchObject([{ key: page!.key, carriedTo: "INC-2" }]);
  expect(await pagesOf("INC-2")).toMatchObject([
    { key: page!.key, status: "sent", origin: "INC-1" },
    { status: "sent" },
  ]);
  expect(house.app.paging.resolved).toEqual([]);
  const second = await house.slack.channel(/^inc-2-/);
  await second.expectCard("2 alerts firing", "pages Bob");

  await house.slack.types("alice", `INC-1 ack ${page!.key}`);
  house.slack.expectWhisper("alice", /INC-2: Acknowledged by Alice/);
  expect(await house.incident("INC-2")).toMatchObject({ status: "acknowledged" });

  await house.slack.types("bob", "INC-1 undo");
  house.slack.expectWhisper("bob", /INC-1: Re-opened/);
  house.pages.expect([]);
  expect(await house.incident("INC-1")).toMatchObject({ status: "acknowledged" });
  expect(await pagesOf("INC-1")).toMatchObject([{ key: page!.key, status: "acknowledged" }]);
  for (const name of [/^inc-1-/, /^inc-2-/]) {
    const channel = await house.slack.channel(name);
    await channel.expectCard("acknowledged", "1 alert firing");
    await channel.read();
  }
  for (const name of ["incidents", "payments"]) await (await house.slack.channel(name)).read();
});
