import type { InputBlock } from "@slack/types";
import { describe, expect, test } from "vitest";
import type { Incident } from "#domain/incident/incident.ts";
import { PRIORITIES } from "#domain/values/language.ts";
import { FORM_NAMES } from "#verbs/verb.ts";
import * as views from "#views/response/incident-forms.ts";
import { renderForm } from "#integrations/slack/render-form.ts";
import { expectViewWithinSlackLimits, textsOf } from "#test/support/doubles/slack/block-kit.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { anIncidentSaying, HOSTILE_TEXTS } from "#test/support/builders/hostile-text.ts";
import { viewProblems } from "#test/support/doubles/slack/slack-limits.ts";

const incidentForm = (...about: Parameters<typeof views.incidentForm>) => renderForm(views.incidentForm(...about));
const loadingForm = (...about: Parameters<typeof views.loadingForm>) => renderForm(views.loadingForm(...about));
const META = JSON.stringify({ incident: 999_999_999, channel: "C0INC0001" });
const incidentWithFiring = (n: number): Incident => anIncident({ alerts: { total: n, firing: n, flaps: 0 } });

describe.each(FORM_NAMES)("the form %s", (name) => {
  test.each(HOSTILE_TEXTS)("is one that Slack takes, whatever is in the incident or a message: $name", ({ text }) => {
    for (const view of [
      loadingForm(name, META),
      incidentForm(name, null, aPolicy(), META, text),
      incidentForm(name, anIncidentSaying(text), aPolicy(STAFFED_POLICY), META, text),
    ]) {
      expectViewWithinSlackLimits(view);
      expect(viewProblems(view, "modal")).toEqual([]);
    }
  });

  test("names its incident", () => {
    expect(incidentForm(name, anIncident({ number: 7 }), aPolicy(), META).title.text).toMatch(
      name === "declare" ? /^Declare/ : /INC-7$/,
    );
  });
});

describe("the form to declare", () => {
  const fields = (policy: object = {}) => incidentForm("declare", null, aPolicy(policy), META).blocks as InputBlock[];

  test("requires only a title", () => {
    expect(fields().map(({ block_id, optional }) => [block_id, optional ?? false])).toEqual([
      ["title", false],
      ["priority", true],
      ["service", true],
      ["summary", true],
      ["options", true],
    ]);
  });

  test("offers the services of the policy, at most a hundred; without any it asks for a word", () => {
    const many = {
      services: Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`service-${n}-${"x".repeat(100)}`, {}])),
    };
    expect(fields()[2]?.element.type).toBe("plain_text_input");
    expect(fields(STAFFED_POLICY)[2]?.element).toMatchObject({
      type: "static_select",
      options: [{ value: "order-service" }],
    });
    expect(viewProblems(incidentForm("declare", null, aPolicy(many), META), "modal")).toEqual([]);
  });

  test("is filled in from a message", () => {
    const view = incidentForm("declare", null, aPolicy(), META, "customers cannot pay\nsince noon");
    expect(view.blocks).toMatchObject([
      { element: { initial_value: "customers cannot pay" } },
      {},
      {},
      { element: { initial_value: "customers cannot pay\nsince noon" } },
      {},
    ]);
  });
});

describe("the form to resolve", () => {
  const blocks = (n: number) => incidentForm("resolve", incidentWithFiring(n), aPolicy(), META).blocks;

  test.each([
    { n: 0, optional: true, asks: "What fixed it?", warns: [] },
    {
      n: 1,
      optional: false,
      asks: "Why is it resolved?",
      warns: ["⚠️ *1 alert is still firing.* To resolve it anyway, give a reason."],
    },
    {
      n: 3,
      optional: false,
      asks: "Why is it resolved?",
      warns: ["⚠️ *3 alerts are still firing.* To resolve it anyway, give a reason."],
    },
  ])("with $n alerts firing asks: $asks", ({ n, optional, asks: request, warns }) => {
    expect(blocks(n).find((block) => block.type === "input")).toMatchObject({
      block_id: "reason",
      optional,
      label: { text: request },
    });
    expect(textsOf(blocks(n).filter((block) => block.type === "section"))).toEqual(warns);
  });
});

test.each(PRIORITIES)("the forms for an update and for the priority begin with what it is: %s", (priority) => {
  for (const name of ["update", "severity"] as const) {
    const select = incidentForm(name, anIncident({ priority }), aPolicy(), META).blocks.find(
      (block) => block.block_id === "priority",
    );
    expect(select).toMatchObject({ element: { initial_option: { value: priority } } });
  }
});
