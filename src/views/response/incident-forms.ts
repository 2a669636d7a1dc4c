import type { ChatForm, FieldInput, FormField, FormOption, MessagePart } from "#domain/values/chat-message.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { incidentId, PRIORITIES, ROLE_TITLES, ROLES, type Role } from "#domain/values/language.ts";
import { knownPerson } from "#domain/policy/people.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { oneLine, cleanParagraphs } from "#domain/values/text.ts";
import type { FormName } from "#verbs/verb.ts";
import { richText } from "#domain/values/rich-text.ts";
import { contextPart, textPart } from "#views/values/message-parts.ts";

/** What each form is called in the chat, and when it comes back from there. */
export const FORM_IDS = {
  declare: "declare",
  update: "update",
  resolve: "resolve",
  mitigate: "mitigate",
  note: "note",
  severity: "severity",
  roles: "roles",
  private: "private",
} as const satisfies Readonly<Record<FormName, string>>;

/** The fields of all forms. */
export const FORM_FIELDS = [
  "title",
  "priority",
  "service",
  "summary",
  "options",
  "text",
  "audience",
  "status",
  "reason",
  "time",
  ...ROLES,
] as const;
export type FormFieldName = (typeof FORM_FIELDS)[number];

/** What is shown while the form is being made: the click's trigger lives three seconds, the database may take longer. */
export function loadingForm(form: FormName, meta: string): ChatForm {
  return {
    name: `${FORM_IDS[form]}.loading`,
    meta,
    title: TITLES[form],
    submit: null,
    parts: [contextPart("One moment…")],
  };
}

const TITLES: Readonly<Record<FormName, string>> = {
  declare: "Declare an incident",
  update: "Update",
  resolve: "Resolve",
  mitigate: "Mitigated",
  note: "Note",
  severity: "Priority",
  roles: "Roles",
  private: "Make private",
};

/** A form, filled in as far as it is known. `meta` comes back with the submission; `words` are what a declaration is made of. */
export function incidentForm(
  name: FormName,
  incident: Incident | null,
  policy: Policy,
  meta: string,
  words: string | null = null,
): ChatForm {
  const id = incident === null ? "" : ` ${incidentId(incident.number)}`;
  return {
    name: FORM_IDS[name],
    meta,
    title: `${TITLES[name]}${name === "declare" ? "" : id}`,
    submit: name === "declare" ? "Declare" : name === "private" ? "Make private" : "Save",
    parts: partsOf(name, incident, policy, words),
  };
}

function partsOf(
  name: FormName,
  incident: Incident | null,
  policy: Policy,
  words: string | null,
): (MessagePart | FormField)[] {
  switch (name) {
    case "declare":
      return declarationFields(policy, words);
    case "update":
      return [
        field("text", "Where does it stand?", {
          kind: "paragraph",
          max: 3_000,
          placeholder: "What is affected, what is being done, what comes next",
        }),
        field("audience", "For whom?", {
          kind: "radio",
          initial: "internal",
          options: [
            option("internal", "For us: posted here and in the incidents channel"),
            option("customer", "Customers were told this"),
          ],
        }),
        priorityField(incident),
      ];
    case "resolve":
      return resolutionFields(incident?.alerts.firing ?? 0);
    case "mitigate":
      return [timeField()];
    case "note":
      return [field("text", "What happened, or what was decided?", { kind: "paragraph", max: 3_000 }), timeField()];
    case "severity":
      return [priorityField(incident), field("reason", "Why?", { kind: "line", max: 300 }, true)];
    case "roles":
      return ROLES.map((role) => roleField(role, incident, policy));
    case "private":
      return [
        textPart(
          "Only its people see a private incident. It goes on in a private channel; this channel is archived, and announcements are replaced by a neutral line.",
        ),
        textPart("⚠️ This cannot be undone. What others have already read, pages, tickets and notifications stay."),
      ];
  }
}

function resolutionFields(firing: number): (MessagePart | FormField)[] {
  return [
    ...(firing > 0
      ? [
          textPart(
            richText`⚠️ *${firing} ${firing === 1 ? "alert is" : "alerts are"} still firing.* To resolve it anyway, give a reason.`,
          ),
        ]
      : []),
    field(
      "reason",
      firing > 0 ? "Why is it resolved?" : "What fixed it?",
      { kind: "paragraph", max: 1_000 },
      firing === 0,
    ),
    timeField(),
  ];
}

function declarationFields(policy: Policy, words: string | null): FormField[] {
  const services = Object.keys(policy.services).slice(0, 100);
  return [
    field("title", "What is wrong?", { kind: "line", max: 150, initial: oneLine(words?.split("\n")[0] ?? "", 70) }),
    field(
      "priority",
      "How bad is it?",
      {
        kind: "choice",
        placeholder: `${policy.unknownSeverity} unless you say otherwise`,
        options: PRIORITIES.map((p) => option(p, `${p} (${policy.priorities[p].sev})`)),
      },
      true,
    ),
    field(
      "service",
      "Which service?",
      services.length === 0
        ? { kind: "line", max: 100 }
        : { kind: "choice", options: services.map((service) => option(service, service)) },
      true,
    ),
    field(
      "summary",
      "What is known?",
      { kind: "paragraph", max: 2_000, initial: cleanParagraphs(words ?? "", 900) },
      true,
    ),
    field(
      "options",
      "Options",
      {
        kind: "checks",
        options: [
          option("private", "Private: only people who are invited see it"),
          option("quiet", "Page no one: the people are here already"),
        ],
      },
      true,
    ),
  ];
}

function priorityField(incident: Incident | null): FormField {
  const options = PRIORITIES.map((priority) => option(priority, priority));
  return field("priority", "Priority", {
    kind: "choice",
    options,
    ...(incident === null ? {} : { initial: incident.priority }),
  });
}

/** Who has a role. A holder whom the chat does not have cannot be shown, and stays unless another is chosen. */
function roleField(role: Role, incident: Incident | null, policy: Policy): FormField {
  const person = incident?.roles[role] ?? null;
  const shown = person === null ? null : knownPerson(policy, person).chatId;
  return field(role, ROLE_TITLES[role], { kind: "person", ...(shown === null ? {} : { initial: shown }) }, true);
}

function timeField(): FormField {
  return field(
    "time",
    "When, in your time zone? Empty: now",
    { kind: "line", max: 60, placeholder: "18:00 · friday 18:00 · 2026-11-27 18:00 UTC" },
    true,
  );
}

function field(name: FormFieldName, label: string, input: FieldInput, optional = false): FormField {
  return { kind: "field", name, label, optional, input };
}

function option(value: string, label: string): FormOption {
  return { value, label };
}

/** What the fields of a form show when it opens, where people choose from what is so and what could be. */
export function shownValues({ parts }: Pick<ChatForm, "parts">): Readonly<Record<string, string>> {
  return Object.fromEntries(
    parts.flatMap((part): [string, string][] =>
      part.kind === "field" &&
      (part.input.kind === "choice" || part.input.kind === "radio" || part.input.kind === "person") &&
      part.input.initial
        ? [[part.name, part.input.initial]]
        : [],
    ),
  );
}
