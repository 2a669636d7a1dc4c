import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { readReference } from "#domain/incident/incident-reference.ts";
import {
  AUDIENCES,
  incidentId,
  isHigherPriority,
  isOpen,
  PRIORITIES,
  ROLES,
  type Person,
} from "#domain/values/language.ts";
import { isSamePerson, knownPerson, resolveActor } from "#domain/policy/people.ts";
import type { FormValues } from "#domain/values/chat-message.ts";
import { formatUtc } from "#domain/values/instant.ts";
import { readWrittenTime, type WrittenTime } from "#domain/response/written-time.ts";
import type { FormFieldName } from "#views/response/incident-forms.ts";
import { findVerb } from "#verbs/verb-registry.ts";
import { requestCommand, type FormName, type VerbRequest } from "#verbs/verb.ts";
import type { CommandReply } from "#engine/loop/command-interpreter.ts";
import { readFormMeta, type CommandDoor } from "#handlers/command-reply.ts";

/** The verb that each form is the long form of. */
const VERB: Readonly<Record<FormName, string>> = {
  declare: "declare",
  update: "update",
  resolve: "resolve",
  mitigate: "mitigate",
  note: "note",
  severity: "severity",
  roles: "role",
  private: "private",
};

/** What was filled in: a request, or what is wrong with which field. */
type FilledForm =
  | { readonly ok: true; readonly request: VerbRequest }
  | { readonly ok: false; readonly errors: FormErrors };
/** What is wrong, by the names of the fields. */
export type FormErrors = Readonly<Partial<Record<FormFieldName, string>>>;

/** A form that someone sent off. `key` names this sending: the same again is the same request. */
export type SubmittedForm = {
  readonly name: FormName;
  readonly meta: string;
  readonly values: FormValues;
  readonly who: { readonly id: string; readonly name: string };
  readonly key: string;
};

/** Runs what a form asks for. A wrong field is reported before anything is stored. */
export async function submitForm(
  door: CommandDoor,
  { name, meta, values: sent, who: person, key }: SubmittedForm,
): Promise<{ readonly ok: false; readonly errors: FormErrors } | { readonly ok: true; readonly answer: CommandReply }> {
  const { incident: number, channel, about: reference = "", shown = {} } = readFormMeta(meta);
  const values = changedValues(sent, shown);
  const incident = number === null ? null : await door.read.incident(number);
  const about = readReference(reference);
  if (name === "roles" && incident !== null) {
    const filled = await readRoles(door, { sent, shown, incident, who: person });
    if (!filled.ok) return filled;
    const place = { key, channel, replyUrl: null, via: { way: "chat" } } as const;
    const understood = { verb: findVerb(VERB[name])!, incident: number, request: filled.request };
    return { ok: true, answer: await door.act.carryOut(understood, person, place, about) };
  }
  const when = await readTime(door, values["time"], person.id);
  if (typeof when === "string") return { ok: false, errors: { time: when } };
  const stale = staleChoice(values, shown, incident);
  if (stale !== null) return stale;
  const filled = fillIn(name, values, incident, when);
  if (!filled.ok) return filled;
  const place = { key, channel, replyUrl: null, via: { way: "chat" } } as const;
  const answer = await door.act.carryOut(
    { verb: findVerb(VERB[name])!, incident: number, request: filled.request },
    person,
    place,
    about,
  );
  // The update's form may raise or lower the priority too.
  const more =
    answer.kind !== "problem" && name === "update" && incident !== null ? changedPriority(values, incident) : null;
  if (more !== null)
    await door.act.carryOut({ verb: findVerb("severity")!, incident: number, request: requestCommand(more) }, person, {
      ...place,
      key: `${key}:priority`,
    });
  return { ok: true, answer };
}

/** What someone changed in a form: a field that still has what it showed is as if it were not there. */
export function changedValues(values: FormValues, shown: Readonly<Record<string, string>>): FormValues {
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => shown[name] !== value));
}

/**
 * A priority chosen from a form that is out of date: it raises, and never lowers what has risen since. null: it may count.
 */
function staleChoice(
  { priority }: FormValues,
  shown: Readonly<Record<string, string>>,
  incident: Incident | null,
): Extract<FilledForm, { readonly ok: false }> | null {
  const before = shown["priority"];
  const chosen = PRIORITIES.find((each) => each === priority);
  if (incident === null || before === undefined || chosen === undefined || before === incident.priority) return null;
  if (isHigherPriority(chosen, incident.priority)) return null;
  const id = incidentId(incident.number);
  const text = `${id} is ${incident.priority} by now; it was ${before} when this form opened. Choose ${before} to leave it as it is, or open the form again.`;
  return { ok: false, errors: { priority: text } };
}

/** When it was, in the zone of the person who filled it in; null: now. Or what is wrong with it. */
async function readTime(
  { chat, clock }: CommandDoor,
  value: FormValues[string] | undefined,
  user: string,
): Promise<WrittenTime | string | null> {
  if (typeof value !== "string" || value.trim() === "") return null;
  const { zone } = await chat.person(user).catch(() => ({ zone: "UTC" }));
  const written = readWrittenTime(value, { zone, now: clock() });
  if (written === null) return "Write it like 14:05, friday 18:00 or 2026-11-27 18:00 UTC.";
  return "at" in written && written.at > clock() ? `${formatUtc(written.at)} is in the future.` : written;
}

function fillIn(name: FormName, values: FormValues, incident: Incident | null, when: WrittenTime | null): FilledForm {
  const text = (field: FormFieldName): string => (chosen(field) ?? "").trim();
  const chosen = (field: FormFieldName): string | null => {
    const value = values[field];
    return typeof value === "string" ? value : null;
  };
  const fillWith = (wanted: IncidentCommand, back: WrittenTime | null = null): FilledForm => ({
    ok: true,
    request: requestCommand(wanted, back),
  });
  const wrong = (field: FormFieldName, error: string): FilledForm => ({ ok: false, errors: { [field]: error } });
  switch (name) {
    case "declare": {
      if (text("title") === "") return wrong("title", "Describe in a few words what is wrong.");
      const options = values["options"] ?? [];
      const declaration = {
        title: text("title"),
        priority: PRIORITIES.find((priority) => priority === chosen("priority")) ?? null,
        service: text("service") || null,
        summary: text("summary") || null,
        private: options.includes("private"),
        page: !options.includes("quiet"),
        drill: false,
      };
      return { ok: true, request: { kind: "declare", declaration } };
    }
    case "update":
      if (text("text") === "") return wrong("text", "Write where it stands.");
      return fillWith({
        type: "update.post",
        text: text("text"),
        audience: AUDIENCES.find((each) => each === chosen("audience")) ?? "internal",
      });
    case "resolve":
      if (incident !== null && isOpen(incident.status) && incident.alerts.firing > 0 && text("reason") === "")
        return wrong(
          "reason",
          `${incident.alerts.firing} ${incident.alerts.firing === 1 ? "alert" : "alerts"} of ${incidentId(incident.number)} still ${incident.alerts.firing === 1 ? "fires" : "fire"}. To resolve it anyway, give a reason.`,
        );
      return fillWith({ type: "incident.resolve", reason: text("reason") || null }, when);
    case "mitigate":
      return fillWith({ type: "incident.mitigate" }, when);
    case "private":
      return fillWith({ type: "incident.make_private" });
    case "roles":
      return wrong("commander", "This incident is not there any longer.");
    case "note":
      return text("text") === ""
        ? wrong("text", "Add what happened.")
        : fillWith({ type: "note.add", text: text("text") }, when);
    case "severity": {
      const priority = PRIORITIES.find((each) => each === chosen("priority"));
      return priority === undefined
        ? wrong("priority", "Choose another priority than the present one.")
        : fillWith({ type: "incident.set_priority", priority, reason: text("reason") || null });
    }
  }
}

function changedPriority(values: FormValues, incident: Incident): IncidentCommand | null {
  const priority = PRIORITIES.find((each) => each === values["priority"]);
  return priority === undefined || priority === incident.priority
    ? null
    : { type: "incident.set_priority", priority, reason: "said with an update" };
}

/** The form of all roles, as it was sent: `shown` is what it showed, by the names of the roles. */
type SentRoles = {
  readonly sent: FormValues;
  readonly shown: Readonly<Record<string, string>>;
  readonly incident: Incident;
  readonly who: Person;
};

/**
 * The roles that someone changed in the form. One that another person got meanwhile is refused at its field: nothing is written
 * over what the form did not show.
 */
async function readRoles(door: CommandDoor, { sent, shown, incident, who }: SentRoles): Promise<FilledForm> {
  const policy = door.policy();
  const commands: { readonly command: IncidentCommand; readonly at: null }[] = [];
  for (const role of ROLES) {
    const before = shown[role] ?? null;
    const chosen = typeof sent[role] === "string" ? sent[role] : null;
    if (chosen === before) continue;
    const holder = incident.roles[role];
    const holderId = holder === null ? null : knownPerson(policy, holder).chatId;
    const showsNow = holderId !== null && door.chat.isMember(holderId) ? holderId : null;
    if (showsNow !== before)
      return {
        ok: false,
        errors: { [role]: `${holder?.name ?? "No one"} has this role by now: open the form again.` },
      };
    if (chosen === null) commands.push({ command: { type: "role.assign", role, person: null }, at: null });
    else if (isSamePerson(policy, who, { id: chosen }))
      commands.push({ command: { type: "role.claim", role }, at: null });
    else {
      const { id, name } = resolveActor(policy, { id: chosen, name: await door.act.nameOf(chosen) });
      commands.push({ command: { type: "role.assign", role, person: { id, name } }, at: null });
    }
  }
  return commands.length === 0
    ? { ok: false, errors: { commander: "Nothing is changed: choose someone, or press Cancel." } }
    : { ok: true, request: { kind: "commands", commands } };
}
