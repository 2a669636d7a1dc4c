import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { writeMention } from "#domain/values/mention.ts";
import { clipText, mentionPerson, richText } from "#domain/values/rich-text.ts";
import type { RequestAttempt } from "#ports/chat.ts";
import { PortError } from "#ports/port-error.ts";
import { textMessage } from "#views/values/message-parts.ts";
import { HOSTILE_TEXTS } from "#test/support/builders/hostile-text.ts";
import { CHAT_REQUESTS, CONFORMANCE_FORM, routedPerson, type ChatUnderTest } from "./chat-under-test.ts";

/** The written contract of the port (src/ports/chat.ts), as tests of one platform. */
export function describeChat(name: string, open: () => Promise<ChatUnderTest>): void {
  describe(`the contract of a chat: ${name}`, () => {
    let it: ChatUnderTest;
    let channel = "";
    let requests = 0;
    const requestAttempt = (more: Partial<RequestAttempt> = {}): RequestAttempt => ({
      key: `conformance-${requests++}`,
      urgency: 0,
      unsure: false,
      since: it.now() - 60_000,
      ...more,
    });
    const again = (first: RequestAttempt): RequestAttempt => ({ ...first, unsure: true });
    const opens = async (wanted: string): Promise<string> =>
      (await it.chat.openChannel({ name: wanted, private: false }, requestAttempt())).id;
    const texts = async (where = channel): Promise<readonly string[]> =>
      (await it.lines(where)).map(({ text }) => text);
    const posts = async (text: string): Promise<string> =>
      (await it.chat.post(channel, textMessage(text), requestAttempt())).id;

    beforeAll(async () => {
      it = await open();
      channel = await opens("conformance");
    });
    afterAll(() => it.close());

    test("it has a name for programs and one for people", () => {
      expect(it.chat.name).toMatch(/^[a-z][a-z-]*$/);
      expect(it.chat.title).not.toBe("");
    });

    describe("a channel", () => {
      test("that is opened exists, is not archived, and has us as a member", async () => {
        expect(await it.chat.look(channel, requestAttempt())).toMatchObject({
          name: "conformance",
          archived: false,
          member: true,
        });
      });

      test("whose name is taken gets another; an earlier attempt of ours is adopted", async () => {
        const first = requestAttempt();
        const { id } = await it.chat.openChannel({ name: "taken", private: false }, first);
        const second = await it.chat.openChannel({ name: "taken", private: false }, requestAttempt());
        expect([second.id === id, second.name]).toEqual([false, "taken-2"]);
        const third = requestAttempt();
        const other = await it.chat.openChannel({ name: "once", private: false }, third);
        expect(await it.chat.openChannel({ name: "once", private: false }, again(third))).toMatchObject(other);
      });

      test("that is unknown reads as missing, and permanently refuses messages", async () => {
        expect(await it.chat.look(it.nowhere, requestAttempt())).toBeNull();
        await expect(it.chat.post(it.nowhere, textMessage("x"), requestAttempt())).rejects.toMatchObject({
          name: "PortError",
          retryable: false,
        });
      });

      test("has the topic that was set, as it was written", async () => {
        await it.chat.setTopic(channel, "P1 & <counting>", requestAttempt());
        expect(await it.chat.look(channel, requestAttempt())).toMatchObject({ topic: "P1 & <counting>" });
      });

      test("has each link once", async () => {
        const links = [1, 2].map((n) => ({ title: `Link ${n}`, url: `https://links.example/${n}` }));
        await it.chat.bookmark(channel, links.slice(0, 1), requestAttempt());
        await it.chat.bookmark(channel, links, requestAttempt());
        expect(await it.links(channel)).toEqual(links.map(({ url }) => url));
      });

      test("is archived once and for all, and refuses messages then", async () => {
        const old = await opens("old");
        for (let i = 0; i < 2; i++) await it.chat.archive(old, requestAttempt());
        expect(await it.chat.look(old, requestAttempt())).toMatchObject({ archived: true });
        await expect(it.chat.post(old, textMessage("x"), requestAttempt())).rejects.toBeInstanceOf(PortError);
      });

      test("keeps a page in its canvas, or reports why it has none", async () => {
        const page = { title: "Page", markdown: "# Page\n\nconformance-mark", mark: "conformance-mark" };
        const first = await it.chat.canvas(channel, page, null, requestAttempt());
        if ("refused" in first) expect(first.refused).not.toBe("");
        else expect(await it.chat.canvas(channel, page, first.id, requestAttempt())).toEqual(first);
      });
    });

    describe("people", () => {
      test("are mentioned in a neutral form, and all that mentions no one stays as it is", () => {
        expect(it.chat.readMentions(`page ${it.mention(it.bob)} now`)).toBe(`page ${writeMention(it.bob, null)} now`);
        expect(it.chat.readMentions(writeMention(it.bob, "bob"))).toBe(writeMention(it.bob, "bob"));
        for (const text of ["", "<!channel> `x` & a@b.example", "@Transactional", it.bob])
          expect(it.chat.readMentions(text)).toBe(text);
      });

      test("who are members are found by their ids, and others are not", () => {
        const ids = [it.alice, it.bob, "api:alice", "Alice", "incident bot", ""];
        expect(ids.map((id) => it.chat.isMember(id))).toEqual([true, true, false, false, false, false]);
      });

      test("have a name and a zone; an unknown person has their id and UTC", async () => {
        const { name: called, zone } = await it.chat.person(it.alice);
        expect([called === it.alice, called === ""]).toEqual([false, false]);
        expect(() => new Intl.DateTimeFormat("en", { timeZone: zone })).not.toThrow();
        expect(await it.chat.person(`${it.alice}X9`)).toEqual({ name: `${it.alice}X9`, zone: "UTC" });
      });

      test("are invited any number of times, and those who are not found are named", async () => {
        const lost = routedPerson(null, "Mia");
        for (let i = 0; i < 2; i++)
          expect(await it.chat.invite(channel, [routedPerson(it.alice), lost], requestAttempt())).toEqual({
            missing: ["Mia"],
          });
        expect(await it.members(channel)).toContain(it.alice);
        expect(
          await it.chat.invite(channel, [routedPerson(null, "Mia", "mia@nowhere.example")], requestAttempt()),
        ).toEqual({
          missing: ["Mia"],
        });
      });

      test("of a group are its present members; an empty list changes nothing, and an unknown group is empty", async () => {
        await it.chat.setGroup(it.group, [it.bob], requestAttempt());
        expect(await it.chat.group(it.group)).toEqual([it.bob]);
        await it.chat.setGroup(it.group, [it.alice], requestAttempt());
        await it.chat.setGroup(it.group, [], requestAttempt());
        expect(await it.chat.group(it.group)).toEqual([it.alice]);
        expect(await it.chat.group("@no one-has-this")).toEqual([]);
        await expect(it.chat.setGroup("@no one-has-this", [it.alice], requestAttempt())).rejects.toMatchObject({
          name: "PortError",
          reason: "not_found",
        });
      });

      test("are answered privately: in the channel where they asked, or in a direct message", async () => {
        await it.chat.sendEphemeral({ channel, user: it.alice, url: null }, "only you", requestAttempt());
        expect(it.lastShown()).toContain("only you");
        expect(await texts()).not.toContain("only you");
        await it.chat.sendEphemeral(
          { channel: it.nowhere, user: it.alice, url: null },
          "only you again",
          requestAttempt(),
        );
        expect(it.lastShown()).toContain("only you again");
        await it.chat.direct(it.bob, textMessage("direct to bob"), requestAttempt());
        expect(it.lastShown()).toContain("direct to bob");
      });
    });

    describe("a message", () => {
      test("is posted once for a key, and the answer has its note", async () => {
        const first = requestAttempt();
        const message = (note: string): ChatMessage => ({ ...textMessage(`told ${note}`), note });
        const { id, note } = await it.chat.post(channel, message("1"), first);
        expect(note).toBe("1");
        expect(await it.chat.post(channel, message("2"), again(first))).toMatchObject({ id, note: "1" });
        expect((await texts()).filter((text) => text.includes("told"))).toEqual(["told 1"]);
      });

      test("is edited, and a deleted one is reported", async () => {
        const id = await posts("before");
        await it.chat.edit(channel, id, textMessage("after"), requestAttempt());
        expect((await it.lines(channel)).find((line) => line.id === id)?.text).toBe("after");
        await expect(
          it.chat.edit(channel, "1000000000.000001", textMessage("x"), requestAttempt()),
        ).rejects.toMatchObject({
          name: "PortError",
          reason: "not_found",
          retryable: false,
        });
      });

      test("is pinned any number of times", async () => {
        const id = await posts("keep");
        for (let i = 0; i < 2; i++) await it.chat.pin(channel, id, requestAttempt());
        expect(await it.pins(channel)).toContain(id);
      });

      test("of a person is read as they wrote it; a deleted one is missing", async () => {
        const id = await it.says(it.alice, channel, "look at replica 2");
        expect(await it.chat.message(channel, id, null, requestAttempt())).toMatchObject({
          id,
          author: { id: it.alice },
          text: "look at replica 2",
        });
        expect(await it.chat.message(channel, "1000000000.000001", null, requestAttempt())).toBeNull();
      });

      test("has our reaction or not, for any number of requests", async () => {
        const id = await it.says(it.alice, channel, "react");
        for (const there of [true, true, false, false])
          await it.chat.react(channel, id, "eyes", there, requestAttempt());
      });

      test("shows markup, and mentions a member; of another person it shows the name", async () => {
        const stranger = mentionPerson({ id: "api:ci", name: "the CI" });
        await it.chat.post(
          channel,
          textMessage(richText`*bold* words of ${stranger} for ${it.alice}`),
          requestAttempt(),
        );
        expect((await texts()).at(-1)).toMatch(/words of the CI for/);
      });

      test.each(HOSTILE_TEXTS.filter(({ text }) => text.length < 1_000))(
        "shows $name as the text that it is",
        async ({ text }) => {
          await it.chat.post(channel, textMessage(richText`it says: ${text}`), requestAttempt());
          expect((await texts()).at(-1)).toBe(`it says: ${text}`);
        },
      );

      test.each(HOSTILE_TEXTS.filter(({ text }) => text.length >= 1_000))(
        "that is clipped holds $name",
        async (long) => {
          await it.chat.post(
            channel,
            { text: "long", parts: textMessage(clipText(long.text, 2_900)).parts },
            requestAttempt(),
          );
          expect((await texts()).at(-1)?.length).toBeLessThanOrEqual(3_000);
        },
      );
    });

    test("a file is uploaded once for a key, and can be read somewhere", async () => {
      const first = requestAttempt();
      const file = { name: "once.md", title: "Once", text: "# Once" };
      expect(await it.chat.upload(channel, file, first)).toEqual({ url: expect.stringMatching(/^https?:/) as string });
      await it.chat.upload(channel, file, again(first));
      expect((await it.files(channel)).filter((each) => each === "once.md")).toHaveLength(1);
    });

    test("a form opens once for a click, is replaced, and one that was closed stays closed", async () => {
      const trigger = await it.trigger(it.alice, channel);
      const id = await it.chat.openForm(trigger, CONFORMANCE_FORM);
      expect(it.lastShown()).toContain("What happened?");
      expect(await it.chat.openForm(trigger, CONFORMANCE_FORM)).toBeNull();
      await it.chat.updateForm(id!, {
        ...CONFORMANCE_FORM,
        title: "Other",
        parts: textMessage("Nothing to ask").parts,
        submit: null,
      });
      expect(it.lastShown()).toContain("Nothing to ask");
    });

    test("a home shows its content", async () => {
      await it.chat.home(it.alice, { parts: textMessage("Nothing is on fire").parts });
      expect(it.lastShown()).toContain("Nothing is on fire");
    });

    describe("while the platform is down", () => {
      test.each(CHAT_REQUESTS)("%s says so by a PortError, and that it may be tried again", async (_, request) => {
        const at = {
          channel,
          message: await posts("there"),
          person: it.bob,
          trigger: await it.trigger(it.bob, channel),
        };
        it.breaks("away");
        // Someone whose name no one has asked for yet: it is not remembered.
        const person = _ === "person" ? `${it.bob}Z${requests}` : it.bob;
        const error: unknown = await request(it.chat, { ...at, person }, requestAttempt()).then(
          () => "it worked",
          (caught: unknown) => caught,
        );
        it.heals();
        expect(error).toBeInstanceOf(PortError);
        expect(error).toMatchObject({ retryable: true });
      });
    });

    test("after a lost answer, earlier work is looked for and not repeated", async () => {
      const [channelAsk, postAsk, fileAsk] = [requestAttempt(), requestAttempt(), requestAttempt()];
      const file = { name: "lost.md", title: "Lost", text: "# Lost" };
      const attempt = async (): Promise<readonly unknown[]> =>
        Promise.allSettled([
          it.chat.openChannel({ name: "lost-answer", private: false }, channelAsk),
          it.chat.post(channel, textMessage("lost answer"), postAsk),
        ]);
      it.breaks("loses answers");
      expect(await attempt()).toMatchObject(
        [1, 2].map(() => ({ status: "rejected", reason: { name: "PortError", mayHaveHappened: true } })),
      );
      it.heals();
      await it.chat.upload(channel, file, fileAsk);
      const found = await it.chat.openChannel({ name: "lost-answer", private: false }, again(channelAsk));
      expect(found.name).toBe("lost-answer");
      await it.chat.post(channel, textMessage("lost answer"), again(postAsk));
      await it.chat.upload(channel, file, again(fileAsk));
      expect((await texts()).filter((text) => text === "lost answer")).toHaveLength(1);
      expect((await it.files(channel)).filter((each) => each === "lost.md")).toHaveLength(1);
    });

    test("no request goes to the platform when another worker owns the effect", async () => {
      const before = (await texts()).length;
      await expect(
        it.chat.post(channel, textMessage("too late"), requestAttempt({ until: it.now() - 1 })),
      ).rejects.toMatchObject({
        name: "PortError",
        retryable: true,
      });
      expect(await texts()).toHaveLength(before);
    });
  });
}
