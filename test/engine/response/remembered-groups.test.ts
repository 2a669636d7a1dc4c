import { expect, test } from "vitest";
import { rememberGroups } from "#engine/response/group-members.ts";
import { PortError } from "#ports/port-error.ts";
import { MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";

/** A chat whose answers a test gives, and what pages remember of it. */
function rememberedChat(patienceMs = 5_000) {
  const time = { now: NOW };
  const asked: string[] = [];
  const answers: (() => Promise<readonly string[]>)[] = [];
  const group = (name: string): Promise<readonly string[]> => {
    asked.push(name);
    return answers.shift()!();
  };
  return { pages: rememberGroups({ group }, () => time.now, patienceMs), asked, answers, time };
}
const away = (): Promise<never> => Promise.reject(new PortError("unreachable", "down", { retryable: true }));

test("a group is asked for once in a minute, however many pages show it", async () => {
  const { pages, asked, answers, time } = rememberedChat();
  answers.push(
    () => Promise.resolve(["U1"]),
    () => Promise.resolve(["U2"]),
  );
  for (let i = 0; i < 5; i++) expect(await pages.group("@oncall")).toEqual(["U1"]);
  time.now += MINUTE;
  expect(await pages.group("@oncall")).toEqual(["U2"]);
  expect(asked).toHaveLength(2);
});

test("a chat that does not answer is asked again after seconds, not for each page", async () => {
  const { pages, asked, answers, time } = rememberedChat();
  answers.push(away, () => Promise.resolve(["U1"]));
  for (let i = 0; i < 5; i++) await expect(pages.group("@oncall")).rejects.toThrow("down");
  expect(asked).toHaveLength(1);
  time.now += 10 * SECOND;
  expect(await pages.group("@oncall")).toEqual(["U1"]);
});

test("no page waits for a slow chat, and a late answer is for the next one", async () => {
  const { pages, asked, answers } = rememberedChat(20);
  let arrive: (members: readonly string[]) => void = () => {};
  answers.push(() => new Promise((resolve) => (arrive = resolve)));
  await expect(pages.group("@oncall")).rejects.toBeInstanceOf(PortError);
  arrive(["U1"]);
  expect(await pages.group("@oncall")).toEqual(["U1"]);
  expect(asked).toHaveLength(1);
});
