import { describe, expect, test } from "vitest";
import { DEFAULT_POLICY } from "#domain/policy/policy.ts";
import { parseVerb } from "#verbs/verb-registry.ts";
import type { VerbRequest } from "#verbs/verb.ts";

/** Monday. Alice's clock is an hour ahead of UTC. */
const NOW = Date.parse("2026-11-30T09:00:00Z");
const requestOf = (text: string): VerbRequest =>
  parseVerb(text, { person: { id: "U1", name: "Alice" }, zone: "Europe/Berlin", now: NOW, policy: DEFAULT_POLICY })
    .request;
const clock = (minutes: number, zone = "Europe/Berlin"): object => ({ clock: minutes, zone });
const instant = (text: string): object => ({ at: Date.parse(text) });
const FRIDAY = instant("2026-11-27T17:00:00Z");

/** What people write behind "at", and when it was. */
const TIMES: readonly (readonly [string, object])[] = [
  ["18:00", clock(1080)],
  ["6pm", clock(1080)],
  ["6 p.m.", clock(1080)],
  ["6:00 P.M.", clock(1080)],
  ["18:00.", clock(1080)],
  ["18:00h", clock(1080)],
  ["18:00 Uhr", clock(1080)],
  ["around 18:00", clock(1080)],
  ["18:00 UTC", clock(1080, "UTC")],
  ["18:00 (UTC)", clock(1080, "UTC")],
  ["18:00Z", clock(1080, "UTC")],
  ["18:00 UTC+1", clock(1080, "+01:00")],
  ["18:00 +01", clock(1080, "+01:00")],
  ["18:00 +0100", clock(1080, "+01:00")],
  ["18:00 CET", clock(1080, "+01:00")],
  ["18:00 PST", clock(1080, "-08:00")],
  ["18:00 America/New_York", clock(1080, "America/New_York")],
  ["18:00 Pacific/Auckland", clock(1080, "Pacific/Auckland")],
  ["friday 18:00", FRIDAY],
  ["18:00 friday", FRIDAY],
  ["18:00 on friday", FRIDAY],
  ["fri at 6pm", FRIDAY],
  ["last friday 18:00", FRIDAY],
  ["27 Nov 18:00", FRIDAY],
  ["Nov 27 18:00", FRIDAY],
  ["November 27th, 2026, 18:00", FRIDAY],
  ["27.11.2026 18:00", FRIDAY],
  ["2026/11/27 18:00", FRIDAY],
  ["2026-11-27 18:00", FRIDAY],
  ["18:00 2026-11-27", FRIDAY],
  ["2026-11-27T18:00", FRIDAY],
  ["2026-11-27T17:00:00.000Z", FRIDAY],
  ["2026-11-27 18:00+01:00", FRIDAY],
  ["12 Dec 18:00", instant("2025-12-12T17:00:00Z")],
  ["10 minutes ago", instant("2026-11-30T08:50:00Z")],
];

describe("a time that people write", () => {
  test.each(TIMES)("at %s", (text, at) => {
    expect(requestOf(`note deploy went out at ${text}`)).toEqual({
      kind: "command",
      command: { type: "note.add", text: "deploy went out" },
      at,
    });
    expect(requestOf(`mitigate at ${text}`)).toMatchObject({ command: { type: "incident.mitigate" }, at });
    expect(requestOf(`resolve rolled back at ${text}`)).toMatchObject({ command: { reason: "rolled back" }, at });
    expect(requestOf(`correct resolved at ${text}`)).toEqual({ kind: "correct", milestone: "resolved", at });
  });

  test.each([
    ["deploy went out 10 minutes ago", "deploy went out", instant("2026-11-30T08:50:00Z")],
    ["deploy went out half an hour ago", "deploy went out", instant("2026-11-30T08:30:00Z")],
    ["deploy went out (at 14:05)", "deploy went out", clock(845)],
    ["at 14:05 deploy went out", "deploy went out", clock(845)],
    ["at 14:05: deploy went out", "deploy went out", clock(845)],
    ["[14:05] deploy went out", "deploy went out", clock(845)],
    ["yesterday at 18:00 deploy went out", "deploy went out", instant("2026-11-29T17:00:00Z")],
    ["14:05 deploy went out", "14:05 deploy went out", clock(845)],
  ])("stands anywhere in a note: %s", (text, words, at) => {
    expect(requestOf(`note ${text}`)).toEqual({ kind: "command", command: { type: "note.add", text: words }, at });
  });

  test.each([
    "note meet me at 18:00 gate",
    "note latency is back at 200",
    "note last deployed 2 days ago",
    "note p99 at 18.00 s",
    "note ratio 12:1",
    "note we meet at noon",
    "note 10:10:10 split",
    "note maybe at May 5",
  ])("is none, and no word is lost: %s", (text) => {
    expect(requestOf(text)).toEqual({
      kind: "command",
      command: { type: "note.add", text: text.slice("note ".length) },
      at: null,
    });
  });

  test.each(["18:00 CST", "18:00 IST", "24:00", "2026-02-30 10:00", "31 Feb 10:00", "25:99", "18:00 Mars/Olympus"])(
    "that means nothing, or several things, is refused and not stored as of now: at %s",
    (text) => {
      expect(requestOf(`note deploy at ${text}`)).toMatchObject({ kind: "problem" });
      expect(requestOf(`correct resolved at ${text}`)).toMatchObject({ kind: "problem" });
    },
  );

  test("needs no `at` where nothing but a time is expected, and milestones have the names that people give them", () => {
    for (const text of ["correct resolved 18:00", "correct resolved to 18:00", "correct resolution = 18:00"])
      expect(requestOf(text)).toEqual({ kind: "correct", milestone: "resolved", at: clock(1080) });
    for (const word of ["began", "start", "started", "detected", "opened"])
      expect(requestOf(`correct ${word} at 18:00`)).toMatchObject({ milestone: "began" });
    for (const word of ["ack", "acked", "acknowledged"])
      expect(requestOf(`correct ${word} friday 18:00`)).toEqual({
        kind: "correct",
        milestone: "acknowledged",
        at: FRIDAY,
      });
    expect(requestOf("mitigate 18:00")).toMatchObject({ at: clock(1080) });
    expect(requestOf("mitigate rolled back")).toMatchObject({ kind: "problem" });
    expect(requestOf("correct 18:00")).toMatchObject({ kind: "problem" });
  });

  test("stands before each line of a pasted story", () => {
    expect(requestOf("note 14:05 deploy went out\n[14:10] errors\nat 14:12 rolled back")).toMatchObject({
      kind: "commands",
      commands: [
        { command: { text: "14:05 deploy went out" }, at: clock(845) },
        { command: { text: "errors" }, at: clock(850) },
        { command: { text: "rolled back" }, at: clock(852) },
      ],
    });
  });
});
