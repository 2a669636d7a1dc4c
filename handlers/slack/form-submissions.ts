import type { App } from "@slack/bolt";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { AUDIENCES, incidentId, isOpen, PRIORITIES, type Instant } from "#domain/values/language.ts";
import { lastAt } from "#domain/values/wall-clock.ts";
import { FORM_CALLBACKS, type FormField } from "#views/response/incident-forms.ts";
import { findVerb } from "#verbs/verb-registry.ts";
import { requestCommand, type FormName, type VerbRequest } from "#verbs/verb.ts";
import { textMessage } from "#views/response/answer-messages.ts";
import { escapeMrkdwn } from "#views/values/block-kit.ts";
import { FormMeta, type CommandDoor } from "#handlers/command-reply.ts";

/** The verb that each form is the long form of. */
const VERB: Readonly<Record<FormName, string>> = {
  declare: "declare",
  update: "update",
  resolve: "resolve",
  mitigate: "mitigate",
  note: "note",
  severity: "severity",
};

type Values = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What was filled in: a wish, or what is wrong with which field. */
type Filled = { readonly ok: true; readonly wish: VerbRequest } | { readonly ok: false; readonly errors: Readonly<Partial<Record<FormField, string>>> };

/** Submitted forms. A wrong field is told on the field, before anything is stored. */
export function registerFormSubmissions(app: App, door: CommandDoor): void {
  for (const name of Object.keys(FORM_CALLBACKS) as FormName[])
    app.view(FORM_CALLBACKS[name], async ({ ack, body, view }) => {
      const meta = FormMeta.parse(JSON.parse(view.private_metadata));
      const incident = meta.incident === null ? null : await door.read.incident(meta.incident);
      const values = view.state.values as Values;
      const clock = clockOf(values);
      const when = clock === null ? null : lastAt(clock, await zoneOf(door, body.user.id), door.clock());
      const filled = fill(name, values, incident, when);
      if (!filled.ok) {
        await ack({ response_action: "errors", errors: filled.errors as Record<string, string> });
        return;
      }
      const who = { id: body.user.id, name: body.user.name };
      const place = { key: `${view.id}:${view.hash}`, channel: meta.channel, replyUrl: null };
      const answer = await door.act.carryOut({ verb: findVerb(VERB[name])!, incident: meta.incident, wish: filled.wish }, who, place);
      if (answer.kind === "problem") {
        await ack({
          response_action: "update",
          view: { type: "modal", title: view.title, close: view.close ?? undefined, blocks: [...textMessage(escapeMrkdwn(answer.text)).blocks] } as never,
        });
        return;
      }
      // The update's form may raise or lower the priority too.
      const more = name === "update" && incident !== null ? changedPriority(values, incident) : null;
      if (more !== null)
        await door.act.carryOut({ verb: findVerb("severity")!, incident: meta.incident, wish: requestCommand(more) }, who, {
          ...place,
          key: `${place.key}:priority`,
        });
      await ack();
    });
}

function clockOf(values: Values): string | null {
  return (values["time"]?.["time"] as { selected_time?: string | null } | undefined)?.selected_time ?? null;
}

/** The clock of whoever filled in a time of day; Slack fills it in by that clock. */
async function zoneOf({ chat }: CommandDoor, user: string): Promise<string> {
  return (await chat.person(user).catch(() => ({ zone: "UTC" }))).zone;
}

function fill(name: FormName, values: Values, incident: Incident | null, when: Instant | null): Filled {
  const text = (field: FormField): string => {
    const value = values[field]?.[field] as { value?: string | null } | undefined;
    return value?.value?.trim() ?? "";
  };
  const chosen = (field: FormField): string | null =>
    (values[field]?.[field] as { selected_option?: { value: string } | null } | undefined)?.selected_option?.value ?? null;
  const checked = (field: FormField): readonly string[] =>
    ((values[field]?.[field] as { selected_options?: readonly { value: string }[] } | undefined)?.selected_options ?? []).map(({ value }) => value);
  const wish = (wanted: IncidentCommand, back: Instant | null = null): Filled => ({ ok: true, wish: requestCommand(wanted, back) });
  const wrong = (field: FormField, error: string): Filled => ({ ok: false, errors: { [field]: error } });
  switch (name) {
    case "declare": {
      if (text("title") === "") return wrong("title", "Say in a few words what is wrong.");
      const options = checked("options");
      const declaration = {
        title: text("title"),
        priority: PRIORITIES.find((priority) => priority === chosen("priority")) ?? null,
        service: chosen("service") ?? (text("service") || null),
        summary: text("summary") || null,
        private: options.includes("private"),
        page: !options.includes("quiet"),
        drill: false,
      };
      return { ok: true, wish: { kind: "declare", declaration } };
    }
    case "update":
      if (text("text") === "") return wrong("text", "Say where it stands.");
      return wish({ type: "update.post", text: text("text"), audience: AUDIENCES.find((each) => each === chosen("audience")) ?? "internal" });
    case "resolve":
      if (incident !== null && isOpen(incident.status) && incident.alerts.firing > 0 && text("reason") === "")
        return wrong(
          "reason",
          `${incident.alerts.firing} ${incident.alerts.firing === 1 ? "alert is" : "alerts are"} still firing: say why ${incidentId(incident.number)} is resolved all the same.`,
        );
      return wish({ type: "incident.resolve", reason: text("reason") || null }, when);
    case "mitigate":
      return wish({ type: "incident.mitigate" }, when);
    case "note":
      return text("text") === "" ? wrong("text", "Say what happened.") : wish({ type: "note.add", text: text("text") }, when);
    case "severity": {
      const priority = PRIORITIES.find((each) => each === chosen("priority"));
      return priority === undefined ? wrong("priority", "Choose one.") : wish({ type: "incident.set_priority", priority, reason: text("reason") || null });
    }
  }
}

function changedPriority(values: Values, incident: Incident): IncidentCommand | null {
  const chosen = (values["priority"]?.["priority"] as { selected_option?: { value: string } | null } | undefined)?.selected_option?.value;
  const priority = PRIORITIES.find((each) => each === chosen);
  return priority === undefined || priority === incident.priority ? null : { type: "incident.set_priority", priority, reason: "said with an update" };
}
