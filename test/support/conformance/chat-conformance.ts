import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { clipText, mentionPerson, richText } from "#domain/values/rich-text.ts";
import { PortError } from "#ports/port-error.ts";
import { textMessage } from "#views/values/message-parts.ts";
import { HOSTILE_TEXTS } from "#test/support/builders/hostile-text.ts";
import { CONFORMANCE_FORM, type ChatUnderTest } from "./chat-under-test.ts";
import { ChatTrial } from "./chat-trial.ts";
import { describeFailures } from "./failure-conformance.ts";
import { describePeople } from "./people-conformance.ts";

/** The written contract of the port (src/ports/chat.ts), as tests of one platform. */
export function describeChat(name: string, open: () => Promise<ChatUnderTest>): void {
  describe(`the contract of a chat: ${name}`, () => {
    const trial = new ChatTrial(open);
    beforeAll(() => trial.begin());
    afterAll(() => trial.it.close());

    test("it has a name for programs and one for people", () => {
      expect(trial.it.chat.name).toMatch(/^[a-z][a-z-]*$/);
      expect(trial.it.chat.title).not.toBe("");
    });

    describe("a channel", () => {
      testOpening(trial);
      testChannelContent(trial);
    });
    describePeople(trial);
    describe("a message", () => {
      testPosting(trial);
      testReading(trial);
      testShownText(trial);
    });
    testFilesAndForms(trial);
    describeFailures(trial);
  });
}

function testOpening(trial: ChatTrial): void {
  test("that is opened exists, is not archived, and has us as a member", async () => {
    expect(await trial.it.chat.look(trial.channel, trial.requestAttempt())).toMatchObject({
      name: "conformance",
      archived: false,
      member: true,
    });
  });

  test("whose name is taken gets another; an earlier attempt of ours is adopted", async () => {
    const first = trial.requestAttempt();
    const { id } = await trial.it.chat.openChannel({ name: "taken", private: false }, first);
    const second = await trial.it.chat.openChannel({ name: "taken", private: false }, trial.requestAttempt());
    expect([second.id === id, second.name]).toEqual([false, "taken-2"]);
    const third = trial.requestAttempt();
    const other = await trial.it.chat.openChannel({ name: "once", private: false }, third);
    expect(await trial.it.chat.openChannel({ name: "once", private: false }, trial.again(third))).toMatchObject(other);
  });

  test("that is unknown reads as missing, and permanently refuses messages", async () => {
    expect(await trial.it.chat.look(trial.it.nowhere, trial.requestAttempt())).toBeNull();
    await expect(trial.it.chat.post(trial.it.nowhere, textMessage("x"), trial.requestAttempt())).rejects.toMatchObject({
      name: "PortError",
      retryable: false,
    });
  });
}

function testChannelContent(trial: ChatTrial): void {
  test("has the topic that was set, as it was written", async () => {
    await trial.it.chat.setTopic(trial.channel, "P1 & <counting>", trial.requestAttempt());
    expect(await trial.it.chat.look(trial.channel, trial.requestAttempt())).toMatchObject({
      topic: "P1 & <counting>",
    });
  });

  test("has each link once", async () => {
    const links = [1, 2].map((n) => ({ title: `Link ${n}`, url: `https://links.example/${n}` }));
    await trial.it.chat.bookmark(trial.channel, links.slice(0, 1), trial.requestAttempt());
    await trial.it.chat.bookmark(trial.channel, links, trial.requestAttempt());
    expect(await trial.it.links(trial.channel)).toEqual(links.map(({ url }) => url));
  });

  test("is archived once and for all, and refuses messages then", async () => {
    const old = await trial.opens("old");
    for (let i = 0; i < 2; i++) await trial.it.chat.archive(old, trial.requestAttempt());
    expect(await trial.it.chat.look(old, trial.requestAttempt())).toMatchObject({ archived: true });
    await expect(trial.it.chat.post(old, textMessage("x"), trial.requestAttempt())).rejects.toBeInstanceOf(PortError);
  });

  test("keeps a page in its canvas, or reports why it has none", async () => {
    const page = { title: "Page", markdown: "# Page\n\nconformance-mark", mark: "conformance-mark" };
    const first = await trial.it.chat.canvas(trial.channel, page, null, trial.requestAttempt());
    if ("refused" in first) expect(first.refused).not.toBe("");
    else expect(await trial.it.chat.canvas(trial.channel, page, first.id, trial.requestAttempt())).toEqual(first);
  });
}

function testPosting(trial: ChatTrial): void {
  test("is posted once for a key, and the answer has its note", async () => {
    const first = trial.requestAttempt();
    const message = (note: string): ChatMessage => ({ ...textMessage(`told ${note}`), note });
    const { id, note } = await trial.it.chat.post(trial.channel, message("1"), first);
    expect(note).toBe("1");
    expect(await trial.it.chat.post(trial.channel, message("2"), trial.again(first))).toMatchObject({
      id,
      note: "1",
    });
    expect((await trial.texts()).filter((text) => text.includes("told"))).toEqual(["told 1"]);
  });

  test("is edited, and a deleted one is reported", async () => {
    const id = await trial.posts("before");
    await trial.it.chat.edit(trial.channel, id, textMessage("after"), trial.requestAttempt());
    expect((await trial.it.lines(trial.channel)).find((line) => line.id === id)?.text).toBe("after");
    await expect(
      trial.it.chat.edit(trial.channel, "1000000000.000001", textMessage("x"), trial.requestAttempt()),
    ).rejects.toMatchObject({
      name: "PortError",
      reason: "not_found",
      retryable: false,
    });
  });

  test("is pinned any number of times", async () => {
    const id = await trial.posts("keep");
    for (let i = 0; i < 2; i++) await trial.it.chat.pin(trial.channel, id, trial.requestAttempt());
    expect(await trial.it.pins(trial.channel)).toContain(id);
  });
}

function testReading(trial: ChatTrial): void {
  test("of a person is read as they wrote it; a deleted one is missing", async () => {
    const id = await trial.it.says(trial.it.alice, trial.channel, "look at replica 2");
    expect(await trial.it.chat.message(trial.channel, id, null, trial.requestAttempt())).toMatchObject({
      id,
      author: { id: trial.it.alice },
      text: "look at replica 2",
    });
    expect(await trial.it.chat.message(trial.channel, "1000000000.000001", null, trial.requestAttempt())).toBeNull();
  });

  test("has our reaction or not, for any number of requests", async () => {
    const id = await trial.it.says(trial.it.alice, trial.channel, "react");
    for (const there of [true, true, false, false])
      await trial.it.chat.react(trial.channel, id, "eyes", there, trial.requestAttempt());
  });
}

function testShownText(trial: ChatTrial): void {
  test("shows markup, and mentions a member; of another person it shows the name", async () => {
    const stranger = mentionPerson({ id: "api:ci", name: "the CI" });
    await trial.it.chat.post(
      trial.channel,
      textMessage(richText`*bold* words of ${stranger} for ${trial.it.alice}`),
      trial.requestAttempt(),
    );
    expect((await trial.texts()).at(-1)).toMatch(/words of the CI for/);
  });

  test.each(HOSTILE_TEXTS.filter(({ text }) => text.length < 1_000))(
    "shows $name as the text that it is",
    async ({ text }) => {
      await trial.it.chat.post(trial.channel, textMessage(richText`it says: ${text}`), trial.requestAttempt());
      expect((await trial.texts()).at(-1)).toBe(`it says: ${text}`);
    },
  );

  test.each(HOSTILE_TEXTS.filter(({ text }) => text.length >= 1_000))("that is clipped holds $name", async (long) => {
    await trial.it.chat.post(
      trial.channel,
      { text: "long", parts: textMessage(clipText(long.text, 2_900)).parts },
      trial.requestAttempt(),
    );
    expect((await trial.texts()).at(-1)?.length).toBeLessThanOrEqual(3_000);
  });
}

function testFilesAndForms(trial: ChatTrial): void {
  test("a file is uploaded once for a key, and can be read somewhere", async () => {
    const first = trial.requestAttempt();
    const file = { name: "once.md", title: "Once", text: "# Once" };
    expect(await trial.it.chat.upload(trial.channel, file, first)).toEqual({
      url: expect.stringMatching(/^https?:/) as string,
    });
    await trial.it.chat.upload(trial.channel, file, trial.again(first));
    expect((await trial.it.files(trial.channel)).filter((each) => each === "once.md")).toHaveLength(1);
  });

  test("a form opens once for a click, is replaced, and one that was closed stays closed", async () => {
    const trigger = await trial.it.trigger(trial.it.alice, trial.channel);
    const id = await trial.it.chat.openForm(trigger, CONFORMANCE_FORM);
    expect(trial.it.lastShown()).toContain("What happened?");
    expect(await trial.it.chat.openForm(trigger, CONFORMANCE_FORM)).toBeNull();
    await trial.it.chat.updateForm(id!, {
      ...CONFORMANCE_FORM,
      title: "Other",
      parts: textMessage("Nothing to ask").parts,
      submit: null,
    });
    expect(trial.it.lastShown()).toContain("Nothing to ask");
  });

  test("a home shows its content", async () => {
    await trial.it.chat.home(trial.it.alice, { parts: textMessage("Nothing is on fire").parts });
    expect(trial.it.lastShown()).toContain("Nothing is on fire");
  });
}
