import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createCommandInterpreter, type CommandReply } from "#engine/loop/command-interpreter.ts";
import { createReader } from "#engine/loop/reader.ts";
import { writeReference, readReference } from "#domain/incident/incident-reference.ts";
import { ALICE } from "#test/support/builders/people.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterAll(() => rig.close());

test("a page after a restore has a key that no alarm of before has, so that it wakes someone", async () => {
  const keyWith = async (salt: string): Promise<string> => {
    await rig.reset();
    rig.salt = salt;
    await rig.opensIncident("P1");
    return rig.paging.triggered[0]!.dedupKey;
  };
  // Number, count and uid are the same in both.
  expect(await keyWith("before")).toBe("muster:INC-1:1:P1:0:before:uid-1");
  expect(await keyWith("after")).toBe("muster:INC-1:1:P1:0:after:uid-1");
});

test("the link in a page names which incident of its number it leads to", async () => {
  await rig.opensIncident("P1");
  const reference = writeReference(await rig.incident());
  expect(reference).toMatch(/^1~./);
  expect(rig.paging.triggered[0]!.url).toMatch(new RegExp(`/incidents/INC-1\\?of=${reference}$`));
});

describe("a button", () => {
  const presses = async (reference: string): Promise<CommandReply> => {
    const interpreter = createCommandInterpreter(rig.engine, createReader(rig.engine), rig.submit);
    const place = { key: `click-${reference}`, channel: null, replyUrl: null, via: { way: "chat" } as const };
    const reply = await interpreter.runText("ack", ALICE, place, readReference(reference));
    await rig.settles();
    return reply;
  };

  test("of a card acts on the incident of the card", async () => {
    await rig.opensIncident("P1");
    expect(await presses(writeReference(await rig.incident()))).toMatchObject({ kind: "stored" });
    expect((await rig.incident()).status).toBe("acknowledged");
  });

  test("of a card of before a restore is refused in words, and changes nothing", async () => {
    await rig.opensIncident("P0");
    expect(await presses("1~deadbeef")).toMatchObject({
      kind: "problem",
      text: expect.stringMatching(/^This is about another INC-1, .* Nothing was done\./) as string,
    });
    expect((await rig.incident()).status).toBe("triggered");
  });

  test("that an earlier version posted has no uid, and still works", async () => {
    await rig.opensIncident("P1");
    expect(await presses("1")).toMatchObject({ kind: "stored" });
  });
});
