import { INCIDENT_DEFAULTS, type Incident, type Task } from "#domain/incident/incident.ts";
import { reviewMessage } from "#views/postmortem/review-message.ts";
import { describe, expect, test } from "vitest";
import type { Event } from "#domain/events/event-registry.ts";
import { ROLES } from "#domain/values/language.ts";
import { buildTimeline } from "#domain/events/timeline.ts";
import { helpMessage } from "#views/response/help-message.ts";
import * as answers from "#views/response/answer-messages.ts";
import { homeView } from "#views/response/home-tab.ts";
import { oncallMessage } from "#views/oncall/oncall-messages.ts";
import { directMessage } from "#views/response/direct-messages.ts";
import { eventAnnouncement, mergeNotice } from "#views/response/event-announcement.ts";
import { handoffPacket } from "#views/response/handoff-packet.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { textMessage } from "#views/values/message-parts.ts";
import { renderHome, renderMessage } from "#integrations/slack/render-message.ts";
import { expectNoForeignMarkup, expectWithinSlackLimits, textsOf } from "#test/support/doubles/slack/block-kit.ts";
import { anEvent } from "#test/support/builders/events.ts";
import { aPage, anEscalation, anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { anIncidentSaying, HOSTILE_TEXTS } from "#test/support/builders/hostile-text.ts";
import { viewProblems } from "#test/support/doubles/slack/slack-limits.ts";
import { ALICE_PERSON, BOB_PERSON } from "#test/support/builders/people.ts";
import { computeStatistics } from "#test/support/builders/reporting/expected-statistics.ts";

const PAGE = "https://muster.example/incidents/INC-1";
const pageUrl = (): string => PAGE;
const OWN = [/^<#C0INC0001>$/, /^<@U0[A-Z0-9]+>$/];

const aTask = (overrides: Partial<Task> = {}): Task => ({
  id: 1,
  kind: "task",
  text: "look",
  owner: null,
  due: null,
  doneAt: null,
  ...overrides,
});

/** An incident with the text everywhere, also where only people write. */
function incidentTitled(text: string): Incident {
  const person = { id: text, name: text };
  return anIncidentSaying(text, {
    summary: text,
    handoff: { from: person, to: person, at: NOW },
    pages: Array.from({ length: 30 }, () => aPage({ to: text, status: "failed" })),
    tasks: Array.from({ length: 60 }, (_, id) =>
      aTask({ id, text, owner: person, kind: id % 2 === 0 ? "task" : "followup" }),
    ),
  });
}

const noteEvent = (text: string): Event =>
  anEvent({ type: "note.added", data: { text } }, { actor: { kind: "person", id: text, name: text } });
const updateEvent = (text: string): Event =>
  anEvent({ type: "update.posted", data: { text, audience: "customer" } } as Event, {
    actor: { kind: "person", id: text, name: text },
  });

const policySaying = (text: string) =>
  aPolicy({
    people: { x: { name: text.slice(0, 100) } },
    teams: Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [`team ${n} ${text.slice(0, 40)}`, { oncall: ["x"] }]),
    ),
  });

const figuresOf = (text: string) =>
  computeStatistics([incidentTitled(text)], {
    from: 0,
    to: NOW + HOUR,
    now: NOW + HOUR,
    service: null,
    private: true,
    zone: "UTC",
    slos: new Map([[text, 99.9]]),
  });

const views: readonly { readonly view: string; readonly of: (text: string) => ChatMessage }[] = [
  { view: "help of a verb that is none", of: (text) => helpMessage(text) },
  { view: "status", of: (text) => answers.statusMessage(incidentTitled(text), PAGE, NOW) },
  {
    view: "list",
    of: (text) =>
      answers.listMessage(
        Array.from({ length: 50 }, () => incidentTitled(text)),
        pageUrl,
      ),
  },
  {
    view: "roles",
    of: (text) =>
      answers.rolesMessage(
        incidentTitled(text),
        [{ role: "commander", name: text, since: NOW, until: NOW + MINUTE, from: [1] }],
        NOW,
      ),
  },
  {
    view: "timeline",
    of: (text) =>
      answers.timelineMessage(
        incidentTitled(text),
        buildTimeline(Array.from({ length: 50 }, () => noteEvent(text))),
        PAGE,
        "UTC",
        NOW,
      ),
  },
  {
    view: "postmortem",
    of: (text) =>
      reviewMessage(
        anIncidentSaying(text, {
          postmortem: {
            ...INCIDENT_DEFAULTS.postmortem,
            owner: { id: "U0BOB0001", name: text },
            reviewers: [{ id: "U0BOB0001", name: text }],
          },
        }),
        Array.from({ length: 40 }, () => ({ section: "gaps", what: text, fix: text })),
        PAGE,
      ),
  },
  { view: "tasks", of: (text) => answers.tasksMessage(incidentTitled(text)) },
  {
    view: "people on call",
    of: (text) => oncallMessage({ policy: policySaying(text), overrides: [] }, null, NOW, () => null),
  },
  {
    view: "people on call of a team that is none",
    of: (text) => oncallMessage({ policy: policySaying("x"), overrides: [] }, text, NOW, () => null),
  },
  { view: "figures", of: (text) => answers.statsMessage(figuresOf(text), 30) },
  {
    view: "picker",
    of: (text) =>
      answers.pickMessage(
        text,
        Array.from({ length: 5 }, (_, n) => anIncidentSaying(text, { number: n + 1 })),
      ),
  },
  { view: "refusal", of: (text) => textMessage(text) },
  { view: "packet of a handoff", of: (text) => handoffPacket(incidentTitled(text), NOW, PAGE) },
  { view: "pointer of a merged incident", of: (text) => mergeNotice(incidentTitled(text), incidentTitled(text), PAGE) },
  {
    view: "update where incidents are watched",
    of: (text) => eventAnnouncement(incidentTitled(text), updateEvent(text), PAGE),
  },
  {
    view: "drift where incidents are watched",
    of: (text) =>
      eventAnnouncement(
        incidentTitled(text),
        anEvent({ type: "channel.drifted", data: { what: text, repaired: false } }),
        PAGE,
      ),
  },
  ...ROLES.map((role) => ({
    view: `checklist of ${role}`,
    of: (text: string) => directMessage(incidentTitled(text), { id: text, name: text }, { kind: "role", role }, PAGE)!,
  })),
  {
    view: "offer of command",
    of: (text) => directMessage(incidentTitled(text), { id: text, name: text }, { kind: "handoff" }, PAGE)!,
  },
];

describe.each(views)("the $view", ({ of }) => {
  test.each(HOSTILE_TEXTS)("is one that Slack takes, and mentions no one, whatever is in it: $name", ({ text }) => {
    const message = renderMessage(of(text));
    expectWithinSlackLimits(message);
    expectNoForeignMarkup(message, OWN);
  });
});

const STAFF = { policy: aPolicy(STAFFED_POLICY), overrides: [] };

describe("the home", () => {
  test.each(HOSTILE_TEXTS)("is one that Slack takes, and mentions no one, whatever is in it: $name", ({ text }) => {
    const incidents = Array.from({ length: 100 }, (_, n) => anIncidentSaying(text, { number: n + 1 }));
    const mine = incidents.map((incident) => ({ incident, task: aTask({ text }) }));
    const view = renderHome(homeView(incidents, mine, { policy: policySaying(text), overrides: [] }, NOW, pageUrl));
    expect(viewProblems(view, "home")).toEqual([]);
    expectNoForeignMarkup({ text: "x", blocks: view.blocks }, OWN);
  });

  test("is short on a quiet day", () => {
    const text = textsOf(renderHome(homeView([], [], STAFF, NOW, pageUrl))).join("\n");
    for (const words of ["No incident is open", "*orders* <@U0ALICE01>", "Nothing to do."])
      expect(text).toContain(words);
  });
});

describe("answers", () => {
  const text = (message: ChatMessage): string => textsOf(renderMessage(message).blocks).join("\n");

  test("the status shows the state, the roles, what happens next and what is due", () => {
    const incident = anIncident({
      roles: { commander: ALICE_PERSON, tech: null, comms: null, scribe: BOB_PERSON },
      escalation: anEscalation({ step: 1, next: { to: "Mia", at: NOW } }),
      updates: { ...anIncident().updates, due: NOW + MINUTE, sent: 3, onTime: 2 },
    });
    expect(text(answers.statusMessage(incident, PAGE, incident.detectedAt + HOUR))).toMatch(
      /INC-1.*\n.*P2 \(SEV-2\), \*triggered\*, since .* \(1 h\)\n1 of 1 alerts firing · Incident Commander <@U0ALICE01>, Scribe <@U0BOB0001>\nNext: pages Mia .*\nNext update by .* · 2 of 3 updates were on time\n<#C0INC0001>/,
    );
  });

  test("the roles show for how long, and offer free roles while the incident is open", () => {
    const roleLines = {
      roles: { commander: ALICE_PERSON, tech: null, comms: null, scribe: null },
      rolesSince: { ...anIncident().rolesSince, commander: NOW },
    };
    const message = answers.rolesMessage(anIncident(roleLines), [], NOW + 12 * MINUTE);
    expect(text(message)).toContain("*Incident Commander* <@U0ALICE01>, for 12 min");
    expect(
      message.parts.flatMap((part) => (part.kind === "buttons" ? part.buttons.map(({ label }) => label) : [])),
    ).toEqual(["Be scribe"]);
    expect(answers.rolesMessage(anIncident({ status: "closed" }), [], NOW).parts).toHaveLength(1);
  });

  test("the timeline uses the viewer's zone, and shows its last entries", () => {
    const events = Array.from({ length: 20 }, (_, n) =>
      anEvent({ type: "note.added", data: { text: `note ${n}` } }, { seq: n + 1 }),
    );
    const message = text(answers.timelineMessage(anIncident(), buildTimeline(events), PAGE, "Europe/Berlin", NOW));
    expect(message).toContain("… 5 earlier entries are on the page");
    expect(message).toContain("`15:32`");
    expect(message).not.toContain("note 4");
    expect(
      text(answers.timelineMessage(anIncident(), buildTimeline(events), PAGE, "UTC", NOW + 24 * 60 * MINUTE)),
    ).toContain("`2026-11-21 14:32`");
  });

  test("the tasks to do come before those that are done", () => {
    const tasks = [
      aTask({ id: 1, text: "first", doneAt: NOW }),
      aTask({ id: 2, text: "second", owner: ALICE_PERSON, due: "2026-11-30" }),
    ];
    expect(
      text(answers.tasksMessage(anIncident({ tasks })))
        .split("\n")
        .slice(1, 3),
    ).toEqual(["☐ 2 second · <@U0ALICE01> · due 2026-11-30", "☑ 1 first"]);
  });

  test("on call shows who, or that the team is unknown", () => {
    expect(text(oncallMessage(STAFF, "ORDERS", NOW, () => null))).toBe(
      "*orders* <@U0ALICE01>, then Mia, then vic\n_It has no schedule: these people are always on call._",
    );
    expect(text(oncallMessage(STAFF, "ops", NOW, () => null))).toBe(
      "There is no team called ops. Teams: orders, payments.",
    );
    expect(text(oncallMessage({ policy: aPolicy(), overrides: [] }, null, NOW, () => null))).toBe(
      "There are no teams in muster.yaml.",
    );
  });

  test("the list has at most twenty, and shows that there are others", () => {
    const many = Array.from({ length: 30 }, (_, n) => anIncident({ number: n + 1, title: "t" }));
    expect(text(answers.listMessage(many, pageUrl))).toMatch(/^\*30 open\*\n/);
    expect(text(answers.listMessage([], pageUrl))).toBe("No incident is open. 🎉");
  });
});

describe("a private answer is dropped when it is out of date", () => {
  test.each([
    ["a role that someone else has now", { kind: "role", role: "scribe" }],
    ["command that is not on offer", { kind: "handoff" }],
    ["an update that is not owed", { kind: "update-owed" }],
    ["command that they gave away", { kind: "still-commander" }],
  ] as const)("%s", (_, about) => {
    expect(directMessage(anIncident(), ALICE_PERSON, about, PAGE)).toBeNull();
  });
});

test("the handoff packet has all that the next commander needs", () => {
  const incident = anIncident({
    handoff: { from: ALICE_PERSON, to: BOB_PERSON, at: NOW },
    roles: { commander: ALICE_PERSON, tech: null, comms: null, scribe: null },
    pages: [aPage({ to: "Mia", status: "sent" })],
    tasks: [
      aTask({ text: "look at the disk", owner: BOB_PERSON }),
      aTask({ id: 2, text: "afterwards", kind: "followup" }),
    ],
  });
  const text = textsOf(renderMessage(handoffPacket(incident, NOW, PAGE)).blocks).join("\n");
  for (const words of [
    "<@U0ALICE01> offers command to <@U0BOB0001>",
    "1 of 1 alerts",
    "none yet",
    "Scribe",
    "Mia (sent)",
    "• 1: look at the disk (Bob)",
    "I have command",
  ])
    expect(text).toContain(words);
  expect(text).not.toContain("afterwards");
});
