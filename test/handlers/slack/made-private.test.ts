import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SlackPeople } from "#test/support/harness/app.ts";

const TITLE = "leaked credentials of the board";

let slack: SlackPeople;
let lobby: string;
beforeAll(async () => {
  slack = await SlackPeople.open();
  lobby = await slack.elsewhere();
});
afterAll(async () => {
  expect(slack.emulated.violations).toEqual([]);
  await slack.close();
});

/** What everyone can read now, wherever it stands. */
async function publicTexts(): Promise<string> {
  const open = (await slack.emulated.channels()).filter((each) => !each.private && !each.name.startsWith("inc-"));
  const texts = await Promise.all(open.map(({ id }) => slack.emulated.messages(id)));
  return JSON.stringify(texts);
}

test("declare private opens one that is announced nowhere, whatever its priority", async () => {
  for (const words of [`declare private P1 ${TITLE}`, `declare P3 private ${TITLE}`]) {
    await slack.types("alice", words, lobby);
    await slack.settlesPaced();
  }
  const rooms = (await slack.emulated.channels()).filter(({ name }) => /^inc-[12]-/.test(name));
  expect(rooms.map((each) => each.private)).toEqual([true, true]);
  expect(await publicTexts()).not.toContain("leaked");
  expect((await slack.types("dana", "list", lobby)).text).not.toContain("leaked");
});

describe("an incident that is made private", () => {
  let before: string;
  beforeAll(async () => {
    before = await slack.incident({ service: "order-service", alertname: "Leak" });
    await slack.types("alice", "ack", before);
    await slack.types("alice", `title ${TITLE}`, before);
    await slack.types("alice", `update ${TITLE} are used`, before);
    await slack.settlesPaced();
    expect(await publicTexts()).toContain(TITLE);
    await slack.types("alice", "private", before);
    await slack.settlesPaced();
  });

  test("goes on in a private channel with its people, and its former one is archived", async () => {
    const rooms = (await slack.emulated.channels()).filter(({ name }) => name.startsWith("inc-3-"));
    expect(rooms.map(({ id, private: hidden }) => [id === before, hidden])).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(slack.emulated.callsOf("conversations.archive").map(({ body }) => body["channel"])).toContain(before);
    const room = rooms[1]!.id;
    const invited = slack.emulated.callsOf("conversations.invite").filter(({ body }) => body["channel"] === room);
    expect(JSON.stringify(invited.map(({ body }) => body["users"]))).toContain(slack.id("alice"));
    expect(JSON.stringify(invited.map(({ body }) => body["users"]))).not.toContain(slack.id("bob"));
  });

  test("leaves neutral lines where everyone could read it, and names what cannot be taken back", async () => {
    expect(await publicTexts()).not.toContain("leaked");
    expect(await publicTexts()).toContain("INC-3 is private");
    const room = (await slack.emulated.channels()).find(
      ({ name, private: hidden }) => name.startsWith("inc-3-") && hidden,
    );
    const shown = JSON.stringify(await slack.emulated.messages(room!.id));
    expect(shown).toContain("not taken back: notifications, pages and tickets");
  });

  test("does not exist for others, who may ask to be let in", async () => {
    expect((await slack.types("dana", "INC-3 status", lobby)).text).toBe("There is no INC-3.");
    const since = slack.emulated.calls.length;
    await slack.presses("dana", "access.request", "3", lobby);
    await slack.settlesPaced();
    const asked = slack.emulated.calls
      .slice(since)
      .find(
        ({ method, body }) => method === "chat.postMessage" && JSON.stringify(body["blocks"]).includes("access.grant"),
      );
    expect(JSON.stringify(asked?.body["blocks"])).toContain(slack.id("dana"));
    await slack.presses("alice", "access.grant", `3 @person[${slack.id("dana")}]`, lobby);
    await slack.settlesPaced();
    expect((await slack.types("dana", "INC-3 status", lobby)).text).toContain(TITLE);
  });

  test("cannot be asked about when it was private from the start", async () => {
    expect((await slack.types("dana", "access INC-1", lobby)).text).toBe("There is no INC-1.");
  });
});
