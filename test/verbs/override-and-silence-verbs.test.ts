import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ALICE } from "#test/support/builders/people.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { HOUR, NOW } from "#test/support/builders/instants.ts";
import { clockIn } from "#domain/values/wall-clock.ts";
import { parseVerb } from "#verbs/verb-registry.ts";

const PEOPLE = {
  alice: { name: "Alice", slack: ALICE.id },
  bob: { name: "Bob", slack: "U0BOB0001" },
  carol: { name: "Carol" },
};
const ONE = aPolicy({ people: PEOPLE, schedules: { orders: { layers: [{ people: ["alice", "bob"] }] } } });
const TWO = aPolicy({
  people: PEOPLE,
  schedules: { orders: { layers: [{ people: ["alice", "bob"] }] }, search: { layers: [{ people: ["carol"] }] } },
  teams: { Shop: { schedule: "orders" } },
});
const request = (text: string, policy = ONE, zone = "Europe/Berlin") =>
  parseVerb(text, { person: { id: ALICE.id, name: "Alice" }, zone, now: NOW, policy }).request;
const overrides = (schedule: string, id: string, name: string, from: number, until: number) => ({
  kind: "arrange",
  arranging: { type: "shift.override", schedule, person: { id, name }, from, until },
});

describe("override", () => {
  test.each([
    ["override @bob 8h", ONE, overrides("orders", "U0BOB0001", "Bob", NOW, NOW + 8 * HOUR)],
    ["cover @person[U0BOB0001|bob] 2d", ONE, overrides("orders", "U0BOB0001", "Bob", NOW, NOW + 48 * HOUR)],
    ["override me 1h30m", ONE, overrides("orders", ALICE.id, "Alice", NOW, NOW + 1.5 * HOUR)],
    ["override @bob 8h search", TWO, overrides("search", "U0BOB0001", "Bob", NOW, NOW + 8 * HOUR)],
    ["override @bob 8h shop", TWO, overrides("orders", "U0BOB0001", "Bob", NOW, NOW + 8 * HOUR)],
    ["override @bob 8h", TWO, overrides("orders", "U0BOB0001", "Bob", NOW, NOW + 8 * HOUR)],
    // 14:32 UTC is 15:32 in Berlin.
    [
      "override @bob 8h from 18:00",
      ONE,
      overrides("orders", "U0BOB0001", "Bob", Date.UTC(2026, 10, 21, 17), Date.UTC(2026, 10, 22, 1)),
    ],
    [
      "override @bob 8h from 09:00",
      ONE,
      overrides("orders", "U0BOB0001", "Bob", Date.UTC(2026, 10, 22, 8), Date.UTC(2026, 10, 22, 16)),
    ],
    ["override end", ONE, { kind: "arrange", arranging: { type: "shift.restore", schedule: "orders" } }],
    ["override off search", TWO, { kind: "arrange", arranging: { type: "shift.restore", schedule: "search" } }],
  ])("%s", (text, policy, expected) => {
    expect(request(text, policy)).toEqual(expected);
  });

  test.each([
    ["override", ONE, "Name who, and for how long"],
    ["override @bob", ONE, "Name who, and for how long"],
    ["override @bob 0h", ONE, "Name who, and for how long"],
    ["override @nobody 8h", ONE, "There is no one called @nobody"],
    ["override @bob 8h payments", ONE, "There is no schedule called payments. There are: orders."],
    ["override @bob 8h orders and more", ONE, 'I do not understand "and more"'],
    ["override @bob 8h orders from 25:00", ONE, '"25:00" is no time of day; write it like `from 18:00`.'],
    ["override @bob 8h from 13pm", ONE, '"13pm" is no time of day'],
    ["override @bob 8h from tomorrow", ONE, '"tomorrow" is no time of day'],
    ["override @bob 8h", aPolicy({ people: PEOPLE }), "There are no schedules in muster.yaml."],
    [
      "override @bob 8h",
      aPolicy({
        people: PEOPLE,
        schedules: { a: { layers: [{ people: ["carol"] }] }, b: { layers: [{ people: ["carol"] }] } },
      }),
      "Name the schedule: a, b.",
    ],
  ])("%s reports the missing part", (text, policy, says) => {
    expect(request(text, policy)).toMatchObject({ kind: "problem", text: expect.stringContaining(says) as string });
  });
});

describe("a beginning", () => {
  test("is the next time that the clock of the person shows it, or a problem, and never now unasked", () => {
    const clock = fc.tuple(fc.nat(30), fc.nat(70)).map(([h, m]) => `${h}:${String(m).padStart(2, "0")}`);
    const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia");
    const at = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) });
    fc.assert(
      fc.property(clock, zone, at, (text, where, now) => {
        const { request: asked } = parseVerb(`override @bob 8h from ${text}`, {
          person: { id: ALICE.id, name: "Alice" },
          zone: where,
          now,
          policy: ONE,
        });
        const [hours, minutes] = text.split(":").map(Number) as [number, number];
        if (hours > 23 || minutes > 59) expect(asked.kind).toBe("problem");
        else {
          const { from } = (asked as unknown as { readonly arranging: { readonly from: number } }).arranging;
          expect(clockIn(from, where)).toBe(text.padStart(5, "0"));
          expect(from).toBeGreaterThan(now);
          expect(from - now).toBeLessThanOrEqual(2 * 24 * HOUR);
        }
      }),
    );
  });
});

describe("silences", () => {
  const silences = (matchers: string[], ms: number, reason: string) => ({
    kind: "arrange",
    arranging: { type: "mute.set", matchers, from: NOW, until: NOW + ms, reason },
  });
  test.each([
    ["mute service=checkout 2h deploying v2", silences(["service=checkout"], 2 * HOUR, "deploying v2")],
    [
      'mute service="checkout" alertname=~"High.*" 30m',
      silences(['service="checkout"', 'alertname=~"High.*"'], HOUR / 2, "for 30 min"),
    ],
    [
      "silence service=“checkout” env!=prod 1d because of a=b",
      silences(['service="checkout"', "env!=prod"], 24 * HOUR, "because of a=b"),
    ],
  ])("%s", (text, expected) => {
    expect(request(text)).toEqual(expected);
  });

  test.each([
    ["mute", "Name the alerts, and for how long"],
    ["mute 2h", "Name the alerts, and for how long"],
    ["mute service=checkout", "Name the alerts, and for how long"],
    ["mute service=~[ 2h", "is not RE2"],
    ["unmute", "Name"],
    ["unmute all", "Name"],
  ])("%s reports the missing part", (text, says) => {
    expect(request(text)).toMatchObject({ kind: "problem", text: expect.stringContaining(says) as string });
  });

  test("ends by its number, and all are listed", () => {
    expect(request("unmute 12")).toEqual({ kind: "arrange", arranging: { type: "mute.lift", mute: 12 } });
    expect(request("mutes")).toEqual({ kind: "show", show: "mutes", argument: null });
  });
});
