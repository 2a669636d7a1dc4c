import { z } from "zod";
import { DurationText } from "#domain/values/yaml-values.ts";
import type { RunbookAction } from "./action-definition.ts";

const Text = z.string().min(1).max(3000).describe("a Liquid template over `params`, `labels` and `steps`");
const people = { effect: "once", touches: "people", risk: "low", undoable: false } as const;

export const PEOPLE_ACTIONS: readonly RunbookAction[] = [
  {
    ...people,
    name: "notify",
    summary: "Tells the people of the incident.",
    input: z.strictObject({
      to: z.string().min(1).default("incident").describe("`incident`, a user group such as `@database-oncall`, or `$param.field`"),
      text: Text,
    }),
    output: z.object({}),
    texts: { text: "message" },
  },
  {
    ...people,
    name: "slack.message",
    summary: "Posts a message in a Slack channel.",
    input: z.strictObject({ channel: z.string().min(1).describe("name or id; Muster must be a member"), text: Text }),
    output: z.object({ ts: z.string(), link: z.string() }),
    texts: { text: "message" },
  },
  {
    ...people,
    name: "pagerduty.note",
    summary: "Writes a note into the incident's alarms in PagerDuty.",
    input: z.strictObject({ text: Text }),
    output: z.object({}),
    texts: { text: "message" },
  },
  {
    ...people,
    name: "ticket",
    summary: "Opens a ticket in the tracker.",
    input: z.strictObject({
      title: z.string().min(1).max(200).describe("a Liquid template"),
      text: Text,
      labels: z.array(z.string().min(1)).max(10).default([]),
    }),
    output: z.object({ key: z.string(), url: z.string() }),
    texts: { title: "message", text: "message" },
  },
  {
    name: "approve",
    summary: "Asks people before the run goes on. No worker is held.",
    effect: "read",
    touches: "nothing",
    risk: "low",
    input: z.strictObject({
      from: z.array(z.string().min(1)).min(1).describe("user groups"),
      count: z.int().min(1).max(5).default(1),
      expires: DurationText.default(10 * 60_000),
      text: Text.optional(),
    }),
    output: z.object({ by: z.array(z.string()) }),
    texts: { text: "message" },
    undoable: false,
    notes: ["A step that changes something asks by its own key `approve`; this action is for a pause between steps."],
  },
];
