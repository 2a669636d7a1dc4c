import { describe, expect, test } from "vitest";
import { PortError } from "#ports/port-error.ts";
import { textMessage } from "#views/values/message-parts.ts";
import { CHAT_REQUESTS } from "./chat-under-test.ts";
import type { ChatTrial } from "./chat-trial.ts";

/** What a chat does while its platform is down, loses answers, or has lost the right to an effect. */
export function describeFailures(trial: ChatTrial): void {
  describe("while the platform is down", () => {
    test.each(CHAT_REQUESTS)("%s rejects with a PortError that may be tried again", async (_, request) => {
      const at = {
        channel: trial.channel,
        message: await trial.posts("there"),
        person: trial.it.bob,
        trigger: await trial.it.trigger(trial.it.bob, trial.channel),
      };
      trial.it.breaks("away");
      // Someone whose name no one has asked for yet: it is not remembered.
      const person = _ === "person" ? `${trial.it.bob}Z${trial.requests}` : trial.it.bob;
      const error: unknown = await request(trial.it.chat, { ...at, person }, trial.requestAttempt()).then(
        () => "it worked",
        (caught: unknown) => caught,
      );
      trial.it.heals();
      expect(error).toBeInstanceOf(PortError);
      expect(error).toMatchObject({ retryable: true });
    });
  });

  test("after a lost answer, earlier work is looked for and not repeated", async () => {
    const [channelAsk, postAsk, fileAsk] = [trial.requestAttempt(), trial.requestAttempt(), trial.requestAttempt()];
    const file = { name: "lost.md", title: "Lost", text: "# Lost" };
    const attempt = async (): Promise<readonly unknown[]> =>
      Promise.allSettled([
        trial.it.chat.openChannel({ name: "lost-answer", private: false }, channelAsk),
        trial.it.chat.post(trial.channel, textMessage("lost answer"), postAsk),
      ]);
    trial.it.breaks("loses answers");
    expect(await attempt()).toMatchObject(
      [1, 2].map(() => ({ status: "rejected", reason: { name: "PortError", mayHaveHappened: true } })),
    );
    trial.it.heals();
    await trial.it.chat.upload(trial.channel, file, fileAsk);
    const found = await trial.it.chat.openChannel({ name: "lost-answer", private: false }, trial.again(channelAsk));
    expect(found.name).toBe("lost-answer");
    await trial.it.chat.post(trial.channel, textMessage("lost answer"), trial.again(postAsk));
    await trial.it.chat.upload(trial.channel, file, trial.again(fileAsk));
    expect((await trial.texts()).filter((text) => text === "lost answer")).toHaveLength(1);
    expect((await trial.it.files(trial.channel)).filter((each) => each === "lost.md")).toHaveLength(1);
  });

  test("no request goes to the platform when another worker owns the effect", async () => {
    const before = (await trial.texts()).length;
    await expect(
      trial.it.chat.post(trial.channel, textMessage("too late"), trial.requestAttempt({ until: trial.it.now() - 1 })),
    ).rejects.toMatchObject({
      name: "PortError",
      retryable: true,
    });
    expect(await trial.texts()).toHaveLength(before);
  });
}
