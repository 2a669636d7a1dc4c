import { describe, expect, test } from "vitest";
import type { Declaration } from "#domain/incident/declaration.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import { resolveWrittenTime, type WrittenTime } from "#domain/response/written-time.ts";
import { formatIso } from "#domain/values/instant.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { ALICE_PERSON, BOB_PERSON } from "#test/support/builders/people.ts";
import { type VerbRequest } from "#verbs/verb.ts";
import { parsedVerb } from "#test/support/builders/verbs.ts";

/** A time of day alone, in UTC. */
const utcClock = (hour: number, minute: number): WrittenTime => ({ clock: hour * 60 + minute, zone: "UTC" });
const commandRequest = (command: IncidentCommand, at: WrittenTime | null = null): VerbRequest => ({
  kind: "command",
  command,
  at,
});
const shows = (show: Extract<VerbRequest, { kind: "show" }>["show"], argument: string | null = null): VerbRequest => ({
  kind: "show",
  show,
  argument,
});
const withNote = (command: IncidentCommand, text: string): VerbRequest => ({
  kind: "commands",
  commands: [
    { command, at: null },
    { command: { type: "note.add", text }, at: null },
  ],
});
const declareRequest = (title: string, priority: Declaration["priority"] = null): VerbRequest => ({
  kind: "declare",
  declaration: { title, priority, service: null, summary: null, private: false, page: true, drill: false },
});

describe("texts of people", () => {
  test.each<readonly [string, VerbRequest]>([
    ["", shows("help")],
    ["  \n ", shows("help")],
    ["help", shows("help")],
    ["help resolve", shows("help", "resolve")],
    ["? sev", shows("help", "sev")],
    ["declare", { kind: "form", form: "declare" }],
    ["new P1", { kind: "form", form: "declare" }],
    ["declare P1 Checkout is down", declareRequest("Checkout is down", "P1")],
    ["create p0 everything", declareRequest("everything", "P0")],
    ["status", shows("status")],
    ["list", shows("list")],
    ["ls", shows("list")],
    ["incidents", shows("list")],
    ["ack", commandRequest({ type: "incident.acknowledge" })],
    ["ACK", commandRequest({ type: "incident.acknowledge" })],
    ["acknowledge", commandRequest({ type: "incident.acknowledge" })],
    ["ack Orders", commandRequest({ type: "incident.acknowledge", page: "team:orders" })],
    ["ack no-such-team", withNote({ type: "incident.acknowledge" }, "no-such-team")],
    ["ack at 14:05", commandRequest({ type: "incident.acknowledge" }, utcClock(14, 5))],
    ["ack orders at 14:05", commandRequest({ type: "incident.acknowledge", page: "team:orders" }, utcClock(14, 5))],
    ["ack looking at the pool", withNote({ type: "incident.acknowledge" }, "looking at the pool")],
    ["handoff @bob my shift ends", withNote({ type: "handoff.offer", to: BOB_PERSON }, "my shift ends")],
    [
      "invite @bob me",
      {
        kind: "commands",
        commands: [
          { command: { type: "access.grant", person: BOB_PERSON }, at: null },
          { command: { type: "access.grant", person: ALICE_PERSON }, at: null },
        ],
      },
    ],
    ["ack INC-7:1:P1:0", commandRequest({ type: "incident.acknowledge", page: "INC-7:1:P1:0" })],
    ["ack INC-7 INC-7:1:P1:0", commandRequest({ type: "incident.acknowledge", page: "INC-7:1:P1:0" })],
    ["severity", { kind: "form", form: "severity" }],
    ["sev 1", commandRequest({ type: "incident.set_priority", priority: "P0", reason: null })],
    ["severity SEV-2 it grows", commandRequest({ type: "incident.set_priority", priority: "P1", reason: "it grows" })],
    ["severity sev 3", commandRequest({ type: "incident.set_priority", priority: "P3", reason: null })],
    ["severity high it grows", commandRequest({ type: "incident.set_priority", priority: "P2", reason: "it grows" })],
    ["priority critical", commandRequest({ type: "incident.set_priority", priority: "P0", reason: null })],
    ["severity P1", commandRequest({ type: "incident.set_priority", priority: "P1", reason: null })],
    ["sev p0 all down", commandRequest({ type: "incident.set_priority", priority: "P0", reason: "all down" })],
    ["priority P4", commandRequest({ type: "incident.set_priority", priority: "P4", reason: null })],
    ["update", { kind: "form", form: "update" }],
    ["update we are on it", commandRequest({ type: "update.post", text: "we are on it", audience: "internal" })],
    ["up customer: we know", commandRequest({ type: "update.post", text: "we know", audience: "customer" })],
    ["update Customers: we know", commandRequest({ type: "update.post", text: "we know", audience: "customer" })],
    [
      "update customer portal is down",
      commandRequest({ type: "update.post", text: "customer portal is down", audience: "internal" }),
    ],
    [
      "update Customers cannot pay",
      commandRequest({ type: "update.post", text: "Customers cannot pay", audience: "internal" }),
    ],
    ["mitigate", commandRequest({ type: "incident.mitigate" })],
    ["mitigated at 14:05", commandRequest({ type: "incident.mitigate" }, utcClock(14, 5))],
    ["resolve", commandRequest({ type: "incident.resolve", reason: null })],
    ["resolve form", { kind: "form", form: "resolve" }],
    ["fixed restarted the pool", commandRequest({ type: "incident.resolve", reason: "restarted the pool" })],
    [
      "resolved restarted at 14:30",
      commandRequest({ type: "incident.resolve", reason: "restarted" }, utcClock(14, 30)),
    ],
    ["resolve look at me", commandRequest({ type: "incident.resolve", reason: "look at me" })],
    ["reopen", commandRequest({ type: "incident.reopen", reason: null })],
    ["reopen it came back", commandRequest({ type: "incident.reopen", reason: "it came back" })],
    ["close", commandRequest({ type: "incident.close" })],
    ["cancel a load test", commandRequest({ type: "incident.cancel", reason: "a load test" })],
    ["role", shows("roles")],
    ["roles", shows("roles")],
    ["role scribe", commandRequest({ type: "role.claim", role: "scribe" })],
    ["role tech @person[U0BOB0001|bob]", commandRequest({ type: "role.assign", role: "tech", person: BOB_PERSON })],
    ["role TL @bob", commandRequest({ type: "role.assign", role: "tech", person: BOB_PERSON })],
    ["role comms nobody", commandRequest({ type: "role.assign", role: "comms", person: null })],
    ["role ic me", commandRequest({ type: "role.claim", role: "commander" })],
    ["role cl @person[U0ALICE01]", commandRequest({ type: "role.claim", role: "comms" })],
    ["ic", commandRequest({ type: "role.claim", role: "commander" })],
    [
      "lead @person[U0STRANGE|zoe]",
      commandRequest({ type: "role.assign", role: "commander", person: { id: "U0STRANGE", name: "zoe" } }),
    ],
    [
      "commander @person[U0STRANGE]",
      commandRequest({ type: "role.assign", role: "commander", person: { id: "U0STRANGE", name: "U0STRANGE" } }),
    ],
    ["handoff @person[U0BOB0001|bob]", commandRequest({ type: "handoff.offer", to: BOB_PERSON })],
    ["handover @Bob", commandRequest({ type: "handoff.offer", to: BOB_PERSON })],
    ["handoff accept", commandRequest({ type: "handoff.accept" })],
    ["handoff decline", commandRequest({ type: "handoff.decline" })],
    ["handoff withdraw", commandRequest({ type: "handoff.decline" })],
    [
      "page @person[U0BOB0001] we need you",
      commandRequest({ type: "incident.page", to: { kind: "person", person: BOB_PERSON }, message: "we need you" }),
    ],
    ["page Payments", commandRequest({ type: "incident.page", to: { kind: "team", team: "payments" }, message: null })],
    [
      "call payments database is full",
      commandRequest({ type: "incident.page", to: { kind: "team", team: "payments" }, message: "database is full" }),
    ],
    ["escalate", commandRequest({ type: "incident.escalate", reason: null })],
    ["escalate we are stuck", commandRequest({ type: "incident.escalate", reason: "we are stuck" })],
    ["note", { kind: "form", form: "note" }],
    ["note rolled back", commandRequest({ type: "note.add", text: "rolled back" })],
    ["decision roll back at 9:05", commandRequest({ type: "note.add", text: "roll back" }, utcClock(9, 5))],
    ["note we meet at noon", commandRequest({ type: "note.add", text: "we meet at noon" })],
    ["note at 14:00 it broke", commandRequest({ type: "note.add", text: "it broke" }, { clock: 840, zone: "UTC" })],
    ["correct began at 14:05", { kind: "correct", milestone: "began", at: utcClock(14, 5) }],
    ["correct started at 9:05", { kind: "correct", milestone: "began", at: utcClock(9, 5) }],
    ["correct Mitigated at 9:05", { kind: "correct", milestone: "mitigated", at: utcClock(9, 5) }],
    ["note line one\nline two", commandRequest({ type: "note.add", text: "line one\nline two" })],
    ["task", shows("tasks")],
    [
      "todo restart it @bob",
      commandRequest({ type: "task.add", kind: "task", text: "restart it", owner: BOB_PERSON, due: null }),
    ],
    ["task done 3", commandRequest({ type: "task.done", id: 3 })],
    ["task done #12", commandRequest({ type: "task.done", id: 12 })],
    [
      "task done with it",
      commandRequest({ type: "task.add", kind: "task", text: "done with it", owner: null, due: null }),
    ],
    ["followup ticket 2", commandRequest({ type: "task.ticket", id: 2 })],
    ["followup tickets", commandRequest({ type: "task.ticket", id: null })],
    ["pm owner me", commandRequest({ type: "postmortem.own", person: ALICE_PERSON })],
    ["postmortem close", commandRequest({ type: "postmortem.close" })],
    [
      "postmortem waive gap 2 no one was awake",
      commandRequest({ type: "postmortem.waive", gap: 2, between: null, reason: "no one was awake" }),
    ],
    [
      "followup alert on the pool",
      commandRequest({ type: "task.add", kind: "followup", text: "alert on the pool", owner: null, due: null }),
    ],
    [
      "followup test it @bob due 2026-11-30",
      commandRequest({ type: "task.add", kind: "followup", text: "test it", owner: BOB_PERSON, due: "2026-11-30" }),
    ],
    [
      "action test it due friday @bob",
      commandRequest({ type: "task.add", kind: "followup", text: "test it", owner: BOB_PERSON, due: "2026-11-27" }),
    ],
    [
      "followup test it due 3d",
      commandRequest({ type: "task.add", kind: "followup", text: "test it", owner: null, due: "2026-11-24" }),
    ],
    ["merge INC-12", commandRequest({ type: "incident.merge", into: 12 })],
    ["dup inc-3", commandRequest({ type: "incident.merge", into: 3 })],
    ["oncall", shows("oncall")],
    ["on-call payments", shows("oncall", "payments")],
    ["timeline", shows("timeline")],
    ["tl", shows("timeline")],
    ["postmortem", shows("postmortem")],
    ["pm", shows("postmortem")],
    ["stats", shows("stats")],
    ["title Orders are late", commandRequest({ type: "incident.set_title", title: "Orders are late" })],
    ["rename Orders are late", commandRequest({ type: "incident.set_title", title: "Orders are late" })],
    ["undo", commandRequest({ type: "undo" })],
  ])("%j", (text, request) => {
    expect(parsedVerb(text).request).toEqual(request);
  });
});

describe("which incident", () => {
  test.each([
    { text: "ack", number: null },
    { text: "INC-7 ack", number: 7 },
    { text: "ack INC-7", number: 7 },
    { text: "inc-7 resolve fixed", number: 7 },
    { text: "resolve inc-7 fixed", number: 7 },
    { text: "resolve fixed like INC-7", number: null },
    { text: "INC-7", number: 7 },
    { text: "INC-7 merge INC-12", number: 7 },
    { text: "merge INC-12", number: null },
    { text: "INC-7 note see INC-8", number: 7 },
    { text: "INC-7 note INC-8 is worse", number: 7 },
    { text: "INC-0012 status", number: 12 },
  ])("$text is about $number", ({ text, number }) => {
    expect(parsedVerb(text).incident).toBe(number);
  });

  test("the one in front leaves the one behind in the text", () => {
    expect(parsedVerb("INC-7 note INC-8 is worse").request).toEqual(
      commandRequest({ type: "note.add", text: "INC-8 is worse" }),
    );
    expect(parsedVerb("INC-7").verb.name).toBe("status");
  });
});

describe("misunderstood words get the right usage", () => {
  test.each([
    ["declear P1 x", 'There is no verb "declear". Did you mean `declare`? `help` lists them all.'],
    ["mitigte", 'There is no verb "mitigte". Did you mean `mitigate`? `help` lists them all.'],
    ["resovle", "Did you mean `resolve`?"],
    ["hndoff @bob", "Did you mean `handoff`?"],
    ["statsu", "Did you mean `status`?"],
    ["akc", "Did you mean `ack`?"],
    ["quetzalcoatl", 'There is no verb "quetzalcoatl". `help` lists them all.'],
    ["INC-7 INC-8", 'There is no verb "inc-8".'],
    ["@person[U0BOB0001]", "There is no verb"],
    ["severity awful", '"awful" is no priority. Type `severity P1 REASON`, with one of P0, P1, P2, P3, P4.'],
    ["declare P7 what", '"P7" is no priority. Type `declare P1 TITLE`, with one of P0, P1, P2, P3, P4.'],
    ["declare P12 what", '"P12" is no priority.'],
    ["drill p9 what", '"p9" is no priority. Type `drill P1 SCENARIO`'],
    ["correct the title at 14:05", "`correct began at 14:05`, or acknowledged, mitigated, resolved."],
    ["correct mitigated", "`correct began at 14:05`"],
    ["mitigate by restarting", "For what was done, use `note TEXT`."],
    ["mitigate at 25:00", '"25:00" is no time'],
    ["note it broke at 14:99", '"14:99" is no time'],
    ["note at 14:05", "Add what happened"],
    ["cancel", "Add why it is no incident"],
    ["update customer:", "Add the text for customers"],
    ["role captain", '"captain" is no role. There are: commander, tech, comms, scribe.'],
    ["role __proto__ @bob", '"__proto__" is no role.'],
    ["role scribe bob", "Name who"],
    ["role scribe @bob @mia", "Name who"],
    ["role scribe @nobody-we-know", "There is no one called @nobody-we-know."],
    ["ic @__proto__", "There is no one called @__proto__."],
    ["handoff", "Name who is to take command"],
    ["handoff bob", "Name who is to take command"],
    ["handoff @constructor", "There is no one called @constructor."],
    ["page", "Name who: `page @USER MESSAGE`, or a team: orders, payments."],
    ["page toString", "Name who"],
    ["page __proto__ x", "Name who"],
    ["followup x due someday", '"due someday" is no date'],
    ["followup x due 2026-02-30", '"due 2026-02-30" is no date'],
    ["task @bob", "Add what is to be done"],
    ["followup due friday", "Add what is to be done"],
    ["merge", "Name the incident that goes on"],
    ["merge the other", "Name the incident that goes on"],
    ["title", "Add the new title"],
  ])("%j", (text, says) => {
    const { request } = parsedVerb(text);
    expect(request.kind).toBe("problem");
    expect(request.kind === "problem" && request.text).toContain(says);
  });
});

describe("times of day in the person's zone", () => {
  test.each([
    { zone: "UTC", now: "2026-11-21T14:32:00Z", clock: "14:05", at: "2026-11-21T14:05:00Z" },
    { zone: "UTC", now: "2026-11-21T00:10:00Z", clock: "23:55", at: "2026-11-20T23:55:00Z" },
    { zone: "Europe/Berlin", now: "2026-11-21T14:32:00Z", clock: "15:05", at: "2026-11-21T14:05:00Z" },
    { zone: "America/Los_Angeles", now: "2026-11-21T07:30:00Z", clock: "23:15", at: "2026-11-21T07:15:00Z" },
    { zone: "Asia/Kolkata", now: "2026-11-21T18:40:00Z", clock: "00:05", at: "2026-11-21T18:35:00Z" },
  ])("$clock in $zone at $now is $at", ({ zone, now, clock, at }) => {
    const { request } = parsedVerb(`note it broke at ${clock}`, { zone, now: Date.parse(now) });
    if (request.kind !== "command" || request.at === null) throw new Error("no time was understood");
    expect(request.command).toEqual({ type: "note.add", text: "it broke" });
    expect(formatIso(resolveWrittenTime(request.at, anIncident(), Date.parse(now)))).toBe(formatIso(Date.parse(at)));
  });
});

test("an answer to an unknown outcome names the attempt of its button, or the pending question when typed", () => {
  const parse = (text: string): unknown => JSON.parse(JSON.stringify(parsedVerb(text)));
  for (const [text, of] of [
    ["runbook again RUN-3 -2.1", "-2.1"],
    ["runbook again RUN-3", null],
  ] as const)
    expect(JSON.stringify(parse(text))).toContain(JSON.stringify({ do: "settle", run: 3, answer: "again", of }));
});
