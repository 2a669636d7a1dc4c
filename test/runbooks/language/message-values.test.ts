import { toRichText } from "#domain/values/rich-text.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainWords } from "#domain/values/plain-words.ts";
import { authoredText } from "#domain/values/rich-text.ts";
import type { TicketRequest } from "#ports/tickets.ts";
import { RUNBOOK_ACTIONS, fillArguments, findRunner, type ActionJob, type StepIntent } from "#runbooks/index.ts";
import { NO_PORTS } from "#ports/action-ports.ts";
import { dryRunChat, dryRunPaging, dryRunTickets } from "#integrations/dry-run/dry-run.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";

const TEMPLATE = { $template: "{{ labels.x }}" };

/** What an action is asked to do by a template that shows one label. */
function filledWith(action: string, planned: StepIntent, value: string): StepIntent {
  const filled = fillArguments(RUNBOOK_ACTIONS.get(action)!, planned, {
    params: {},
    labels: { x: value },
    results: {},
  });
  if (!filled.ok) throw new Error(filled.error);
  return filled.input as StepIntent;
}

const anyLabel = fc.oneof(
  fc.string({ minLength: 1, maxLength: 60 }),
  fc.string({ unit: fc.constantFrom("&", "<", ">", "a", ";", "amp;", "&lt;"), minLength: 1, maxLength: 20 }),
);

/** Every field of every action that is filled by a template, with what else the action must be given. */
const FIELDS = [...RUNBOOK_ACTIONS.values()].flatMap(({ name, texts }) =>
  Object.entries(texts).flatMap(([field, kind]) =>
    kind === "message" || kind === "chat" ? [[name, field, kind] as const] : [],
  ),
);
const BESIDE: Readonly<Record<string, StepIntent>> = {
  approve: { from: ["@oncall"] },
  "slack.message": { channel: "C1" },
  ticket: { title: "t", text: "t" },
};

describe("a label reads the same wherever a runbook writes it", () => {
  test("there are such fields in the chat and outside", () => {
    expect(new Set(FIELDS.map(([, , kind]) => kind))).toEqual(new Set(["message", "chat"]));
  });

  test.each(FIELDS)("%s: %s", (name, field, kind) => {
    fc.assert(
      fc.property(anyLabel, (value) => {
        const text = String(filledWith(name, { ...BESIDE[name], [field]: TEMPLATE }, value)[field]);
        expect(kind === "chat" ? plainWords(authoredText(text)) : text).toBe(value);
        // No mention, link or broadcast in a chat comes of a label.
        if (kind === "chat") expect(text).not.toMatch(/[<>]/);
      }),
    );
  });
});

test("a ticket and a pager's note show & and < as they stand in the label", async () => {
  const opened: TicketRequest[] = [];
  const notes: string[] = [];
  const log = (): void => {};
  const job: ActionJob = {
    ports: NO_PORTS,
    people: {
      chat: dryRunChat(log, () => "id"),
      paging: {
        ...dryRunPaging(log),
        annotate: (_, text) => {
          notes.push(text);
          return Promise.resolve();
        },
      },
      tickets: {
        ...dryRunTickets(log),
        open: (ticket) => {
          opened.push(ticket);
          return Promise.resolve(null);
        },
      },
    },
    mention: (to) => Promise.resolve(toRichText(to)),
    incident: () =>
      Promise.resolve({
        state: anIncident(),
        defaultChannel: "incidents",
        page: "https://muster.example.com/incidents/INC-1",
        alarms: [{ dedupKey: "k", team: null }],
      }),
    run: { number: 1, title: "Restart" },
    key: "RUN-1/0",
    clock: () => NOW,
    startedAt: NOW,
    deadline: NOW + 2 * MINUTE,
    again: false,
  };
  const asked = { title: TEMPLATE, text: TEMPLATE };
  await findRunner("ticket").run(filledWith("ticket", asked, "a&b <c>"), job);
  await findRunner("pagerduty.note").run(filledWith("pagerduty.note", { text: TEMPLATE }, "a&b <c>"), job);
  expect(opened.map(({ title, text }) => [title, text.lines[0]?.text])).toEqual([["a&b <c>", "a&b <c>"]]);
  expect(notes).toEqual(["a&b <c>"]);
});
