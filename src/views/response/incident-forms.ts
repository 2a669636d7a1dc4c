import type { InputBlock, KnownBlock, ModalView, PlainTextOption } from "@slack/types";
import type { Incident } from "#domain/incident/incident.ts";
import { incidentId, PRIORITIES } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { oneLine, cleanParagraphs } from "#domain/values/text.ts";
import type { FormName } from "#verbs/verb.ts";
import { contextBlock, plainTextObject, sectionBlock } from "#views/values/block-kit.ts";

/** The callback of each form; `handlers/slack/form-submissions.ts` has one listener for each. */
export const FORM_CALLBACKS = {
  declare: "declare",
  update: "update",
  resolve: "resolve",
  mitigate: "mitigate",
  note: "note",
  severity: "severity",
} as const satisfies Readonly<Record<FormName, string>>;

/** The fields of all forms: a block each, with one element of the same name. */
export const FORM_FIELDS = ["title", "priority", "service", "summary", "options", "text", "audience", "status", "reason", "time"] as const;
export type FormField = (typeof FORM_FIELDS)[number];

/** What is shown while the form is being made: the click's trigger lives three seconds, the database may take longer. */
export function loadingForm(form: FormName, meta: string): ModalView {
  return {
    type: "modal",
    callback_id: `${FORM_CALLBACKS[form]}.loading`,
    private_metadata: meta,
    title: plainTextObject(TITLES[form], 24),
    close: plainTextObject("Cancel", 24),
    blocks: [contextBlock("One moment…")],
  };
}

const TITLES: Readonly<Record<FormName, string>> = {
  declare: "Declare an incident",
  update: "Update",
  resolve: "Resolve",
  mitigate: "Mitigated",
  note: "Note",
  severity: "Priority",
};

/** A form, filled in as far as it is known. `meta` comes back with the submission; `words` are what a declaration is made of. */
export function incidentForm(name: FormName, incident: Incident | null, policy: Policy, meta: string, words: string | null = null): ModalView {
  const id = incident === null ? "" : ` ${incidentId(incident.number)}`;
  return {
    type: "modal",
    callback_id: FORM_CALLBACKS[name],
    private_metadata: meta,
    title: plainTextObject(`${TITLES[name]}${name === "declare" ? "" : id}`, 24),
    submit: plainTextObject(name === "declare" ? "Declare" : "Save", 24),
    close: plainTextObject("Cancel", 24),
    blocks: blocksOf(name, incident, policy, words),
  };
}

function blocksOf(name: FormName, incident: Incident | null, policy: Policy, words: string | null): KnownBlock[] {
  const firing = incident?.alerts.firing ?? 0;
  switch (name) {
    case "declare": {
      const services = Object.keys(policy.services).slice(0, 100);
      return [
        input("title", "What is wrong?", {
          type: "plain_text_input",
          action_id: "title",
          max_length: 150,
          ...filledWith(oneLine(words?.split("\n")[0] ?? "", 70)),
        }),
        input(
          "priority",
          "How bad is it?",
          {
            type: "static_select",
            action_id: "priority",
            placeholder: plainTextObject(`${policy.unknownSeverity} unless you say otherwise`, 75),
            options: PRIORITIES.map((p) => option(p, `${p} (${policy.priorities[p].sev})`)),
          },
          true,
        ),
        services.length === 0
          ? input("service", "Which service?", { type: "plain_text_input", action_id: "service", max_length: 100 }, true)
          : input(
              "service",
              "Which service?",
              { type: "static_select", action_id: "service", options: services.map((service) => option(service, service)) },
              true,
            ),
        input(
          "summary",
          "What is known?",
          { type: "plain_text_input", action_id: "summary", multiline: true, max_length: 2_000, ...filledWith(cleanParagraphs(words ?? "", 900)) },
          true,
        ),
        input(
          "options",
          "Options",
          {
            type: "checkboxes",
            action_id: "options",
            options: [option("private", "Private: only people who are invited see it"), option("quiet", "Page nobody: the people are here already")],
          },
          true,
        ),
      ];
    }
    case "update":
      return [
        input("text", "Where does it stand?", {
          type: "plain_text_input",
          action_id: "text",
          multiline: true,
          max_length: 3_000,
          placeholder: plainTextObject("What is affected, what is being done, what comes next", 150),
        }),
        input("audience", "For whom?", {
          type: "radio_buttons",
          action_id: "audience",
          initial_option: option("internal", "For us: posted here and in the incidents channel"),
          options: [option("internal", "For us: posted here and in the incidents channel"), option("customer", "Customers were told this")],
        }),
        prioritySelect(incident),
      ];
    case "resolve":
      return [
        ...(firing > 0 ? [sectionBlock(`⚠️ *${firing} ${firing === 1 ? "alert is" : "alerts are"} still firing.* Say why it is resolved all the same.`)] : []),
        input(
          "reason",
          firing > 0 ? "Why is it resolved?" : "What fixed it?",
          { type: "plain_text_input", action_id: "reason", multiline: true, max_length: 1_000 },
          firing === 0,
        ),
        time(),
      ];
    case "mitigate":
      return [time()];
    case "note":
      return [
        input("text", "What happened, or what was decided?", { type: "plain_text_input", action_id: "text", multiline: true, max_length: 3_000 }),
        time(),
      ];
    case "severity":
      return [prioritySelect(incident), input("reason", "Why?", { type: "plain_text_input", action_id: "reason", max_length: 300 }, true)];
  }
}

function prioritySelect(incident: Incident | null): InputBlock {
  const options = PRIORITIES.map((priority) => option(priority, priority));
  const now = options.find(({ value }) => value === incident?.priority);
  return input("priority", "Priority", { type: "static_select", action_id: "priority", options, ...(now === undefined ? {} : { initial_option: now }) });
}

function filledWith(text: string): { initial_value?: string } {
  return text === "" ? {} : { initial_value: text };
}

function time(): InputBlock {
  return input("time", "When? Empty: now", { type: "timepicker", action_id: "time" }, true);
}

function input(name: FormField, label: string, element: InputBlock["element"], optional = false): InputBlock {
  return { type: "input", block_id: name, optional, label: plainTextObject(label, 75), element };
}

function option(value: string, text: string): PlainTextOption {
  return { text: plainTextObject(text, 75), value };
}
