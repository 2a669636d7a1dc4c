import { describe, expect, test } from "vitest";
import { writeMention } from "#domain/values/mention.ts";
import { textMessage } from "#views/values/message-parts.ts";
import { routedPerson } from "./chat-under-test.ts";
import type { ChatTrial } from "./chat-trial.ts";

/** What a chat answers about people, and shows to one of them only. */
export function describePeople(trial: ChatTrial): void {
  describe("people", () => {
    testNames(trial);
    testInvitations(trial);
  });
}

function testNames(trial: ChatTrial): void {
  test("are mentioned in a neutral form, and all that mentions no one stays as it is", () => {
    expect(trial.it.chat.readMentions(`page ${trial.it.mention(trial.it.bob)} now`)).toBe(
      `page ${writeMention(trial.it.bob, null)} now`,
    );
    expect(trial.it.chat.readMentions(writeMention(trial.it.bob, "bob"))).toBe(writeMention(trial.it.bob, "bob"));
    for (const text of ["", "<!channel> `x` & a@b.example", "@Transactional", trial.it.bob])
      expect(trial.it.chat.readMentions(text)).toBe(text);
  });

  test("who are members are found by their ids, and others are not", () => {
    const ids = [trial.it.alice, trial.it.bob, "api:alice", "Alice", "incident bot", ""];
    expect(ids.map((id) => trial.it.chat.isMember(id))).toEqual([true, true, false, false, false, false]);
  });

  test("have a name and a zone; an unknown person has their id and UTC", async () => {
    const { name: called, zone } = await trial.it.chat.person(trial.it.alice);
    expect([called === trial.it.alice, called === ""]).toEqual([false, false]);
    expect(() => new Intl.DateTimeFormat("en", { timeZone: zone })).not.toThrow();
    expect(await trial.it.chat.person(`${trial.it.alice}X9`)).toEqual({ name: `${trial.it.alice}X9`, zone: "UTC" });
  });
}

function testInvitations(trial: ChatTrial): void {
  test("are invited any number of times, and those who are not found are named", async () => {
    const lost = routedPerson(null, "Mia");
    for (let i = 0; i < 2; i++)
      expect(
        await trial.it.chat.invite(trial.channel, [routedPerson(trial.it.alice), lost], trial.requestAttempt()),
      ).toEqual({
        missing: [{ name: "Mia", reason: null }],
      });
    expect(await trial.it.members(trial.channel)).toContain(trial.it.alice);
    expect(
      await trial.it.chat.invite(
        trial.channel,
        [routedPerson(null, "Mia", "mia@nowhere.example")],
        trial.requestAttempt(),
      ),
    ).toEqual({
      missing: [{ name: "Mia", reason: null }],
    });
  });

  test("of a group are its present members; an empty list changes nothing, and an unknown group is empty", async () => {
    await trial.it.chat.setGroup(trial.it.group, [trial.it.bob], trial.requestAttempt());
    expect(await trial.it.chat.group(trial.it.group)).toEqual([trial.it.bob]);
    await trial.it.chat.setGroup(trial.it.group, [trial.it.alice], trial.requestAttempt());
    await trial.it.chat.setGroup(trial.it.group, [], trial.requestAttempt());
    expect(await trial.it.chat.group(trial.it.group)).toEqual([trial.it.alice]);
    expect(await trial.it.chat.group("@no one-has-this")).toEqual([]);
    await expect(
      trial.it.chat.setGroup("@no one-has-this", [trial.it.alice], trial.requestAttempt()),
    ).rejects.toMatchObject({
      name: "PortError",
      reason: "not_found",
    });
  });

  test("are answered privately: in the channel where they asked, or in a direct message", async () => {
    await trial.it.chat.sendEphemeral(
      { channel: trial.channel, user: trial.it.alice, url: null },
      "only you",
      trial.requestAttempt(),
    );
    expect(trial.it.lastShown()).toContain("only you");
    expect(await trial.texts()).not.toContain("only you");
    await trial.it.chat.sendEphemeral(
      { channel: trial.it.nowhere, user: trial.it.alice, url: null },
      "only you again",
      trial.requestAttempt(),
    );
    expect(trial.it.lastShown()).toContain("only you again");
    await trial.it.chat.direct(trial.it.bob, textMessage("direct to bob"), trial.requestAttempt());
    expect(trial.it.lastShown()).toContain("direct to bob");
  });
}
