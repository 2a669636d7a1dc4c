import { describe, expect, test } from "vitest";
import {
  ArrangementCommand,
  announcementOf,
  decideArrangement,
  isArrangement,
} from "#domain/alerting/arrangements/arrangement-registry.ts";
import type { Context } from "#domain/events/decision.ts";
import type { Effect } from "#domain/effects/effect-registry.ts";
import type { ArrangementChange, Override, Silence } from "#domain/incident/arrangement.ts";
import { plainWords } from "#domain/values/plain-words.ts";
import { aContext } from "#test/support/builders/events.ts";
import { DAY, HOUR, NOW } from "#test/support/builders/instants.ts";
import { ALICE, BOB_PERSON } from "#test/support/builders/people.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

const POLICY = aPolicy({
  people: { alice: { name: "Alice", slack: "U0ALICE01" }, bob: { name: "Bob", slack: BOB_PERSON.id } },
  teams: { orders: { channel: "team-orders", schedule: "orders", members: ["alice", "bob"] } },
  schedules: {
    orders: { layers: [{ people: ["alice", "bob"], from: "2026-11-16" }], userGroup: "@orders", announce: true },
  },
});
const OVERRIDE: Override = {
  schedule: "orders",
  person: "bob",
  from: NOW,
  until: NOW + HOUR,
  source: "person",
  number: 12,
};
const SILENCE: Silence = { id: 9, matchers: ["a=b"], reason: "", by: "Bob", from: NOW, until: NOW + HOUR };
const CTX: Context = aContext({ policy: POLICY, overrides: [OVERRIDE], silences: [SILENCE] });
const ID = 47;

const sync: Effect = { type: "chat.group", schedule: "orders" };
const announcement = (channel: string, what: ArrangementCommand): Effect => ({
  type: "chat.arranged",
  channel,
  command: ID,
  by: "Alice",
  what,
});

type Kind = ArrangementCommand["type"];
type Arranged<T extends Kind> = Extract<ArrangementCommand, { readonly type: T }>;
type Row<T extends Kind> = {
  readonly command: Arranged<T>;
  readonly text: string | null;
  readonly number: number | null;
  readonly changes: readonly ArrangementChange[];
  readonly effects: (command: Arranged<T>) => readonly Effect[];
  readonly announced: string | null;
};

/** What each arrangement comes to: a new one does not compile without. */
const ROWS: { readonly [T in Kind]: Row<T> } = {
  "shift.override": {
    command: { type: "shift.override", schedule: "orders", person: BOB_PERSON, from: NOW, until: NOW + HOUR },
    text: "Bob is on call for orders until 2026-11-21 15:32:00 UTC. `override end 47` ends it.",
    number: ID,
    changes: [{ kind: "override", override: { ...OVERRIDE, number: ID }, by: ALICE }],
    effects: (command) => [announcement("team-orders", command), sync],
    announced: "🔁 orders: Bob is on call from 2026-11-21 14:32:00 UTC until 2026-11-21 15:32:00 UTC, says Alice.",
  },
  "shift.restore": {
    command: { type: "shift.restore", schedule: "orders" },
    text: "orders is as the policy has it again.",
    number: 12,
    changes: [{ kind: "restore", schedule: "orders", at: NOW }],
    effects: (command) => [announcement("team-orders", command), sync],
    announced: "🔁 orders: overrides are over, says Alice.",
  },
  "shift.began": {
    command: { type: "shift.began", schedule: "orders", at: NOW },
    text: null,
    number: null,
    changes: [],
    effects: () => [{ type: "chat.shift", channel: "team-orders", schedule: "orders", at: NOW }, sync],
    announced: null,
  },
  "shift.check": {
    command: { type: "shift.check", schedule: "orders" },
    text: null,
    number: null,
    changes: [],
    effects: () => [sync],
    announced: null,
  },
  "mute.set": {
    command: {
      type: "mute.set",
      matchers: ["service=checkout", 'alertname=~"`.*"'],
      from: NOW,
      until: NOW + HOUR,
      reason: "deploying it",
    },
    text: 'Alerts with service=checkout alertname=~"`.*" open no incident until 2026-11-21 15:32:00 UTC. They are kept and counted; `unmute 47` ends it. Those that still fire then open theirs.',
    number: ID,
    changes: [
      {
        kind: "mute",
        silence: {
          id: ID,
          matchers: ["service=checkout", 'alertname=~"`.*"'],
          reason: "deploying it",
          by: "Alice",
          from: NOW,
          until: NOW + HOUR,
        },
      },
    ],
    effects: (command) => [announcement("incidents", command)],
    announced:
      '🔇 Alice holds back alerts with `service=checkout alertname=~"\'.*"` until 2026-11-21 15:32:00 UTC: deploying it',
  },
  "interruption.announced": {
    command: { type: "interruption.announced", kind: "pause", from: NOW - 3 * HOUR, until: NOW },
    text: null,
    number: null,
    changes: [],
    effects: (command) => [announcement("incidents", command)],
    announced:
      "⏸️ Muster did not run from 11:32 to 14:32 UTC. What was sent meanwhile is handled as it comes; alerts that fired and resolved in between may be missing.",
  },
  "mute.lift": {
    command: { type: "mute.lift", mute: 9 },
    text: "Mute 9 is over: alerts that it held back and that still fire open their incidents now.",
    number: 9,
    changes: [{ kind: "lift", id: 9, at: NOW }],
    effects: (command) => [announcement("incidents", command)],
    announced: "🔔 Alice ended mute 9: alerts that still fire open their incidents now.",
  },
};
const rows = Object.values(ROWS) as readonly Row<Kind>[];

describe("an arrangement", () => {
  test.each(rows)("$command.type is stored, announced and answered", (row) => {
    const { command, text, number, changes, effects } = row;
    expect(decideArrangement(command, ID, CTX)).toEqual({
      ok: true,
      text,
      number,
      changes,
      effects: effects(command as never),
    });
  });

  test.each(rows)("$command.type is announced in one sentence, or not at all", ({ command, announced }) => {
    const text = announcementOf(command, "Alice");
    expect(text === null ? null : plainWords(text)).toBe(announced);
  });

  test.each(rows)("$command.type is stored in the form of its schema", ({ command }) => {
    expect(ArrangementCommand.parse(command)).toEqual(command);
    expect(isArrangement(command)).toBe(true);
  });

  test("of a newer version is not taken for another", () => {
    expect(isArrangement({ type: "mute.newer" })).toBe(false);
    expect(ArrangementCommand.safeParse({ type: "mute.newer" }).success).toBe(false);
    expect(() => announcementOf({ type: "mute.newer" }, "Alice")).toThrow("no arrangement is called mute.newer");
  });
});

test("ends one override by its number, and names it to the people of its schedule", () => {
  const what: ArrangementCommand = { type: "shift.restore", schedule: "orders", override: 12 };
  expect(decideArrangement({ ...what, schedule: "" }, ID, CTX)).toEqual({
    ok: true,
    text: "Override 12 of orders is over.",
    number: 12,
    changes: [{ kind: "restore", schedule: "orders", at: NOW, override: 12 }],
    effects: [announcement("team-orders", what), sync],
  });
  expect(plainWords(announcementOf(what, "Alice")!)).toBe("🔁 orders: override 12 is over, says Alice.");
});

test("an override that begins later shows its start", () => {
  const decision = decideArrangement(
    { ...ROWS["shift.override"].command, from: NOW + HOUR, until: NOW + DAY },
    ID,
    CTX,
  );
  expect(decision).toMatchObject({
    text: "Bob will be, from 2026-11-21 15:32:00 UTC, on call for orders until 2026-11-22 14:32:00 UTC. `override end 47` ends it.",
  });
});

const override = ROWS["shift.override"].command;
const silence = ROWS["mute.set"].command;
test.each<[ArrangementCommand, string]>([
  [{ ...override, schedule: "billing" }, "There is no schedule called billing."],
  [{ ...override, schedule: "constructor" }, "There is no schedule called constructor."],
  [{ ...override, until: NOW }, "That time is over already."],
  [{ ...override, until: NOW + 91 * DAY }, "An override of more than 90 days belongs in muster.yaml."],
  [{ type: "shift.restore", schedule: "billing" }, "There is no override of billing."],
  [
    { type: "shift.restore", schedule: "", override: 13 },
    "There is no override 13. `override end SCHEDULE` ends those of a schedule.",
  ],
  [
    { ...silence, matchers: [] },
    "This would hold back nearly every alert there is: say which, as in `mute service=checkout 2h`.",
  ],
  [{ ...silence, until: NOW }, "That time is over already."],
  [{ ...silence, until: NOW + 91 * DAY }, "A mute of more than 90 days belongs under `maintenance` in muster.yaml."],
  [{ type: "mute.lift", mute: 10 }, "There is no mute 10. `mutes` lists them."],
])("%j is refused: %s", (command, refusal) => {
  expect(decideArrangement(command, ID, CTX)).toEqual({ ok: false, refusal });
});

test("a silence is refused while there are two hundred", () => {
  const silences = Array.from({ length: 200 }, (_, id): Silence => ({ ...SILENCE, id }));
  expect(decideArrangement(silence, ID, { ...CTX, silences })).toEqual({
    ok: false,
    refusal:
      "There are 200 mutes already. `mutes` lists them; what holds for long belongs under `maintenance` in muster.yaml.",
  });
});
