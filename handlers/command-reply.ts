import { z } from "zod";
import type { CommandInterpreter, CommandReply, CommandOrigin } from "#engine/loop/command-interpreter.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { LinkedIncident } from "#domain/incident/incident-reference.ts";
import { writeReference } from "#domain/incident/incident-reference.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import type { Instant, Person } from "#domain/values/language.ts";
import { matchesFilter } from "#domain/response/incident-filter.ts";
import { maySeeIncident } from "#domain/response/permission.ts";
import { policyPersonName } from "#domain/policy/people.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { DEFAULT_PERIOD_DAYS } from "#domain/reporting/reporting-period.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";
import type { Chat } from "#ports/chat.ts";
import { PortError } from "#ports/port-error.ts";
import * as views from "#views/response/answer-messages.ts";
import { helpMessage } from "#views/response/help-message.ts";
import { silencesMessage } from "#views/alerting/silence-messages.ts";
import { oncallMessage } from "#views/oncall/oncall-messages.ts";
import { reviewMessage } from "#views/postmortem/review-message.ts";
import { incidentForm, loadingForm, shownValues } from "#views/response/incident-forms.ts";
import type { ChatForm, ChatMessage } from "#domain/values/chat-message.ts";
import { richText } from "#domain/values/rich-text.ts";
import { textMessage } from "#views/values/message-parts.ts";
import type { FormName } from "#verbs/verb.ts";
import { BadRequest } from "./bad-requests.ts";

/** What every door to a chat needs. */
export type CommandDoor = {
  readonly act: CommandInterpreter;
  readonly submit: SubmitCommand;
  readonly read: EngineReader;
  readonly chat: Chat;
  readonly clock: () => Instant;
  readonly policy: () => Policy;
  readonly pageUrl: (incident: LinkedIncident) => string;
  /** What is wrong with the setup, a sentence each with what to do. */
  readonly setup: SetupFaults;
};

/** `faultsFor`: what someone in the chat is shown of it. */
type SetupFaults = {
  readonly faults: () => Promise<readonly string[]>;
  readonly faultsFor: (person: Person) => Promise<readonly string[]>;
};

/** What a form carries from the click that opened it to its submission. */
const FormMeta = z.object({
  incident: z.number().nullable(),
  channel: z.string().nullable(),
  /** Which incident of that number; absent in a form that an earlier version opened. */
  about: z.string().exactOptional(),
  /** What its fields showed when it opened, by their names; absent in a form that an earlier version opened. */
  shown: z.record(z.string(), z.string()).exactOptional(),
});
type FormMeta = z.output<typeof FormMeta>;

/** What a form carries, as the platform gives it back. @throws BadRequest when it is not what a form of ours was given */
export function readFormMeta(meta: string): FormMeta {
  try {
    return FormMeta.parse(JSON.parse(meta));
  } catch (cause) {
    throw new BadRequest("this form is none that Muster opened", { cause });
  }
}

/** The channel from which an open form was asked for. @throws BadRequest as `readFormMeta` */
export function channelOfForm(meta: string): string | null {
  return readFormMeta(meta).channel;
}

/** A private message to the person who asked; null when the answer appears elsewhere. */
export async function renderReply(
  door: CommandDoor,
  answer: CommandReply,
  person: Person,
): Promise<ChatMessage | null> {
  switch (answer.kind) {
    case "stored":
      return null;
    case "problem":
      // It may repeat what someone typed.
      return answer.offer === undefined ? textMessage(answer.text) : views.declareOffer(answer.text, answer.offer);
    case "answered":
      return textMessage(answer.outcome.text);
    case "pick":
      return views.pickMessage(answer.text, answer.incidents);
    case "form":
      return views.formOffer(answer.form, answer.incident);
    case "show":
      return await showAnswer(door, answer, person);
  }
}

/** Answers only the person who asked. */
export async function sendReply(
  door: CommandDoor,
  person: Person,
  place: CommandOrigin,
  message: ChatMessage,
): Promise<void> {
  const { key, channel, replyUrl: url, thread } = place;
  const to = { channel, user: person.id, url, ...(thread === undefined ? {} : { thread }) };
  await door.chat.sendEphemeral(to, message, {
    key,
    urgency: 0,
    unsure: false,
    since: door.clock(),
  });
}

function metaOf(incident: Incident | null, { channel }: CommandOrigin): string {
  return JSON.stringify({
    incident: incident?.number ?? null,
    channel,
    ...(incident === null ? {} : { about: writeReference(incident) }),
  } satisfies FormMeta);
}

/** A form that carries what it shows: what is sent back the same is no wish, whatever has happened meanwhile. */
function withShown(form: ChatForm): ChatForm {
  const meta = readFormMeta(form.meta);
  const shown = shownValues(form);
  return Object.keys(shown).length === 0
    ? form
    : { ...form, meta: JSON.stringify({ ...meta, shown } satisfies FormMeta) };
}

/** A form that shows people only where the chat has them: it refuses a form with anyone else. */
function withMembers({ chat }: CommandDoor, form: ChatForm): ChatForm {
  const parts = form.parts.map((part) =>
    part.kind === "field" && part.input.kind === "person" && !chat.isMember(part.input.initial ?? "")
      ? { ...part, input: { kind: "person" as const } }
      : part,
  );
  return { ...form, parts };
}

/** A click that opens a form. `open`: the form that it was in. `words`: the initial content of the new one. */
export type FormOpening = {
  readonly who: Person;
  readonly place: CommandOrigin;
  readonly trigger: string;
  readonly open: string | null;
  readonly words?: () => Promise<string | null>;
};

/** For a click that names its form: the form opens before any lookup. */
export async function openFormFirst(
  door: CommandDoor,
  name: FormName,
  opening: FormOpening,
  find: () => Promise<CommandReply>,
): Promise<void> {
  const { who: person, place, trigger, open, words } = opening;
  const wait = loadingForm(name, metaOf(null, place));
  const formWith = (message: ChatMessage): ChatForm => ({ ...wait, parts: message.parts });
  let id = open;
  try {
    if (open === null) id = await door.chat.openForm(trigger, wait);
    else await door.chat.updateForm(open, wait);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return sendReply(
      door,
      person,
      place,
      textMessage(
        richText`The form could not be opened in time. Try again, or say it in words: \`/incident help ${name}\`.`,
      ),
    );
  }
  // Delivered again: its form is open.
  if (id === null) return;
  try {
    const answer = await find();
    const message = answer.kind === "form" ? null : await renderReply(door, answer, person);
    const filled =
      answer.kind === "form"
        ? withShown(
            withMembers(
              door,
              incidentForm(
                answer.form,
                answer.incident,
                door.policy(),
                metaOf(answer.incident, place),
                answer.words ?? (await words?.()) ?? null,
              ),
            ),
          )
        : null;
    await door.chat.updateForm(id, filled ?? formWith(message ?? textMessage("Done.")));
  } catch (error) {
    await door.chat.updateForm(
      id,
      formWith(textMessage("⚠️ This cannot be looked up now. Close this and try again in a moment.")),
    );
    throw error;
  }
}

type ShownState = Extract<CommandReply, { kind: "show" }>;

async function showAnswer(door: CommandDoor, answer: ShownState, person: Person): Promise<ChatMessage> {
  const { incident, argument, asker: ctx } = answer;
  const { read, clock, pageUrl } = door;
  switch (answer.show) {
    case "help":
      return helpMessage(argument);
    case "list":
      return showList(door, argument, person);
    case "oncall":
      return showOnCall(door, argument, person);
    case "mutes": {
      const { silences, maintenance, held: suppressedCount, falseAlarms } = await read.silences();
      return silencesMessage(silences, maintenance, suppressedCount, falseAlarms);
    }
    case "stats":
      return showStatistics(door, answer);
    case "status":
      return views.statusMessage(incident!, pageUrl(incident!), clock(), await read.automationOff());
    case "roles":
      return views.rolesMessage(incident!, await read.tenures(incident!.number), clock());
    case "tasks":
      return views.tasksMessage(incident!);
    case "postmortem":
      return reviewMessage(incident!, (await read.postmortem(incident!.number))?.problems ?? [], pageUrl(incident!));
    case "timeline":
      return views.timelineMessage(
        incident!,
        (await read.timeline(incident!.number)) ?? [],
        pageUrl(incident!),
        ctx.zone,
        clock(),
      );
  }
}

/** Open incidents that one message lists. */
const LISTED = 100;

/** The open incidents that a person may see, and that they ask for. */
async function showList(door: CommandDoor, filter: string | null, person: Person): Promise<ChatMessage> {
  const { read, policy, pageUrl } = door;
  const isAskedFor = (each: Incident): boolean => filter === null || matchesFilter(policy(), each, filter);
  const isListed = (each: Incident): boolean => maySeeIncident(policy(), each, person) && isAskedFor(each);
  const open = await read.openIncidents(isListed, LISTED);
  const firing = (await visibleStillFiring(door, person)).filter(isAskedFor);
  return views.listMessage(open, pageUrl, firing, filter);
}

/** Incidents that ended while alerts of them fire, as far as a person may see them. */
export async function visibleStillFiring({ read, policy }: CommandDoor, person: Person): Promise<readonly Incident[]> {
  return (await read.endedWhileFiring()).filter((each) => maySeeIncident(policy(), each, person));
}

async function showOnCall(
  { read, clock, policy }: CommandDoor,
  argument: ShownState["argument"],
  person: Person,
): Promise<ChatMessage> {
  const address = await read.calendars();
  const me = policyPersonName(policy(), person.id);
  return oncallMessage(
    await read.rota(),
    argument,
    clock(),
    (schedule) => address("schedule", schedule),
    me === null ? null : address("person", me),
  );
}

async function showStatistics(
  { read, clock }: CommandDoor,
  { argument, asker: ctx }: ShownState,
): Promise<ChatMessage> {
  const now = clock();
  const figures = await read.statistics({
    from: now - DEFAULT_PERIOD_DAYS * DAY_MS,
    to: now,
    service: argument,
    private: false,
    zone: ctx.zone,
  });
  return views.statsMessage(figures, DEFAULT_PERIOD_DAYS);
}
