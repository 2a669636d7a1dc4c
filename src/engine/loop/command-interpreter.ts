import { incidentByChannel } from "#db/incidents.ts";
import { createSubmission, type CommandSubmission, type SubmissionBody } from "#domain/commands/submission.ts";
import type { CommandOutcome } from "#domain/events/command-outcome.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { isReferredTo, staleReferenceText, type IncidentReference } from "#domain/incident/incident-reference.ts";
import { incidentId, type Instant, type Person } from "#domain/values/language.ts";
import type { RunRequest } from "#domain/automation/run-request.ts";
import { isResponder } from "#domain/response/permission.ts";
import { nameInPolicy } from "#verbs/person-argument.ts";
import { parseVerb, type ParsedVerb } from "#verbs/verb-registry.ts";
import type { VerbContext, FormName, ShowName, Verb, VerbRequest } from "#verbs/verb.ts";
import type { Engine } from "#engine/base/engine.ts";
import { enrichCommand } from "#engine/postmortem/command-enrichment.ts";
import type { EngineReader } from "./reader.ts";
import { chatPerson, understandVerb, verbContext, verbRefusal } from "./verb-context.ts";
import type { RunRequestReply } from "#engine/automation/run-change.ts";
import { answerRunRequest } from "#engine/automation/run-commands.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";

/** Where someone asked, and what tells this asking from every other: the chat repeats it when it delivers the same again. */
export type CommandOrigin = { readonly key: string; readonly channel: string | null; readonly replyUrl: string | null };

/** The immediate answer. What the request leads to appears in the incident's channel. */
export type CommandReply =
  /** Their commands are stored, under these keys; what comes of them follows. `incident`: of which one, null for one that is being opened. */
  | { readonly kind: "stored"; readonly keys: readonly string[]; readonly incident: Incident | null }
  | { readonly kind: "form"; readonly form: FormName; readonly incident: Incident | null }
  /** It is done, or refused. */
  | { readonly kind: "told"; readonly outcome: CommandOutcome }
  | {
      readonly kind: "show";
      readonly show: ShowName;
      readonly argument: string | null;
      readonly incident: Incident | null;
      readonly asker: VerbContext;
    }
  /** No incident was named: a choice of these, with the same words. */
  | { readonly kind: "pick"; readonly text: string; readonly incidents: readonly Incident[] }
  /** `wrong`: the verb whose arguments were not understood; null when it was understood and refused. */
  | { readonly kind: "problem"; readonly text: string; readonly wrong: Verb | null };

export type CommandInterpreter = {
  /** Runs a line of text. `about`: the incident it is about, when its place does not show that. */
  runText(text: string, person: Person, place: CommandOrigin, about?: IncidentReference | null): Promise<CommandReply>;
  /** The form that a line of text asks for, or null: known without looking anything up. */
  formOf(text: string): FormName | null;
  /** Whether someone may use a verb about an incident: null when they may, else why not. */
  mayUse(verb: string, person: Person, incident: Incident): Promise<string | null>;
  /** What people call someone: as the policy does, else as the chat does. */
  nameOf(id: string): Promise<string>;
  /** Does what was understood already: a form, a button with a request of its own. */
  carryOut(
    understood: ParsedVerb,
    person: Person,
    place: CommandOrigin,
    about?: IncidentReference | null,
  ): Promise<CommandReply>;
};

const PICKED = 5;

/** What an interpreter works with. */
type Means = { readonly engine: Engine; readonly read: EngineReader; readonly submit: SubmitCommand };

/** One request: what was understood, its words, its author and its place, and what its button or form is about. */
type Asking = {
  readonly understood: ParsedVerb;
  readonly about: IncidentReference | null;
  readonly text: string;
  readonly who: Person;
  readonly place: CommandOrigin;
};

/**
 * What people ask for, wherever they ask it: understood by the one grammar, allowed or not by the policy, stored like
 * everything else. Every verb leaves a command behind, also one that only looks and one that was refused.
 */
export function createCommandInterpreter(
  engine: Engine,
  read: EngineReader,
  submit: SubmitCommand,
): CommandInterpreter {
  const { policy, clock, chat } = engine;
  const means: Means = { engine, read, submit };
  const person = ({ id, name }: Person): Person => ({ id, name: nameInPolicy(policy(), id) ?? name });
  return {
    async runText(text, request, place, about = null) {
      const actor = person(request);
      const understood = await understandVerb(
        engine,
        chat.readMentions(text),
        await verbContext(engine, actor, /\b(?:at|due|from)\s/i.test(text)),
      );
      const named = { ...understood, incident: understood.incident ?? about?.number ?? null };
      return answer(means, { understood: named, about, text, who: actor, place });
    },
    formOf(text) {
      const { request } = parseVerb(chat.readMentions(text), {
        person: { id: "", name: "" },
        zone: "UTC",
        now: clock(),
        policy: policy(),
      });
      return request.kind === "form" ? request.form : null;
    },
    mayUse: (verb, actor, incident) => verbRefusal(engine, verb, person(actor), incident),
    nameOf: async (id) => nameInPolicy(policy(), id) ?? (await chatPerson(engine, { id, name: id })).name,
    carryOut: (understood, actor, place, about = null) =>
      answer(means, { understood, about, text: understood.verb.name, who: person(actor), place }),
  };
}

async function answer(means: Means, asking: Asking): Promise<CommandReply> {
  const { engine, read, submit } = means;
  const { understood, about, text, who: person, place } = asking;
  const { verb, request } = understood;
  if (request.kind === "problem") {
    await submit(askedOf(means, asking, text));
    return { kind: "problem", text: request.text, wrong: verb };
  }
  const unknown = async (number: number): Promise<CommandReply> => {
    await submit(askedOf(means, asking, `unknown: ${text}`));
    return { kind: "problem", text: `There is no ${incidentId(number)}.`, wrong: null };
  };
  const found = await incidentOf(means, understood.incident, place);
  // To people outside of it, a private incident does not exist.
  const incident = found === null || hidden(found, person, place) ? null : found;
  if (understood.incident !== null && incident === null) return unknown(understood.incident);
  if (incident !== null && about?.number === incident.number && !isReferredTo(incident, about)) {
    await submit(askedOf(means, asking, `of another ${incidentId(incident.number)}: ${text}`));
    return { kind: "problem", text: staleReferenceText(about), wrong: null };
  }
  const merge = request.kind === "command" && request.command.type === "incident.merge" ? request.command : null;
  const mergeTarget = merge === null ? null : await read.incident(merge.into);
  if (mergeTarget?.private && !isResponder(mergeTarget, person)) return unknown(mergeTarget.number);
  const reason = await verbRefusal(engine, verb.name, person, incident);
  if (reason !== null) {
    await submit(
      incident === null
        ? askedOf(means, asking, `refused: ${text}`)
        : toIncident(means, asking, incident, { type: "verb.refused", verb: verb.name, reason: reason }),
    );
    return { kind: "problem", text: reason, wrong: null };
  }
  if (verb.about === "incident" && incident === null) return pickIncident(read, text, person);
  if (merge !== null && mergeTarget === null) return unknown(merge.into);
  return executeRequest(means, asking, request, incident);
}

async function incidentOf(
  { engine, read }: Means,
  named: number | null,
  { channel }: CommandOrigin,
): Promise<Incident | null> {
  if (named !== null) return read.incident(named);
  return channel === null ? null : ((await incidentByChannel(engine.connection.db, channel))?.state ?? null);
}

/** No incident was named: a choice of those that this person may see. */
async function pickIncident(read: EngineReader, text: string, person: Person): Promise<CommandReply> {
  const open = await read.openIncidents((each) => !each.private || isResponder(each, person), PICKED);
  return open.length === 0
    ? { kind: "problem", text: "There is no open incident. Name one with `INC-n`, or `declare` one.", wrong: null }
    : { kind: "pick", text, incidents: open };
}

/** What is kept of an asking that changes nothing itself. */
function askedOf({ engine }: Means, { understood, who: person, place }: Asking, text: string): CommandSubmission {
  const body = { type: "verb.asked", verb: understood.verb.name, text: text.slice(0, 500) } as const;
  return requestBy(person, place, engine.clock(), body);
}

function toIncident(
  { engine }: Means,
  { who: person, place }: Asking,
  about: Incident,
  command: Extract<CommandSubmission["body"], { type: "incident" }>["command"],
  at: Instant | null = null,
): CommandSubmission {
  return requestBy(person, place, at ?? engine.clock(), { type: "incident", incident: about.number, command });
}

async function executeRequest(
  means: Means,
  asking: Asking,
  wanted: Exclude<VerbRequest, { kind: "problem" }>,
  about: Incident | null,
): Promise<CommandReply> {
  const { engine, submit } = means;
  const { text, who: person, place } = asking;
  switch (wanted.kind) {
    case "command":
      return storeCommand(means, asking, wanted, about!);
    case "commands": {
      const keys = wanted.commands.map((_, i) => (i === 0 ? keyOf(place) : `${keyOf(place)}:${i}`));
      for (const [i, each] of wanted.commands.entries())
        await submit({ ...toIncident(means, asking, about!, each.command, each.at), key: keys[i]! });
      return { kind: "stored", keys, incident: about };
    }
    case "declare":
      await submit(
        requestBy(person, place, engine.clock(), { type: "incident.declare", declaration: wanted.declaration }),
      );
      return { kind: "stored", keys: [keyOf(place)], incident: null };
    case "arrange":
      await submit(requestBy(person, place, engine.clock(), wanted.arranging));
      return { kind: "stored", keys: [keyOf(place)], incident: null };
    case "run": {
      await submit(askedOf(means, asking, text));
      const reply = await answerRunRequest(engine, wanted.ask, person, about);
      return { kind: "told", outcome: runOutcome(wanted.ask, reply, about) };
    }
    case "form":
      return { kind: "form", form: wanted.form, incident: about };
    case "show": {
      await submit(askedOf(means, asking, text));
      const { show, argument } = wanted;
      return {
        kind: "show",
        show,
        argument,
        incident: about,
        asker: await verbContext(engine, person, show === "timeline"),
      };
    }
  }
}

async function storeCommand(
  means: Means,
  asking: Asking,
  wanted: Extract<VerbRequest, { kind: "command" }>,
  about: Incident,
): Promise<CommandReply> {
  const command = await enrichCommand(means.read, about, wanted.command);
  if (typeof command === "string") {
    const verb = asking.understood.verb.name;
    await means.submit(toIncident(means, asking, about, { type: "verb.refused", verb, reason: command }));
    return { kind: "problem", text: command, wrong: null };
  }
  await means.submit(toIncident(means, asking, about, command, wanted.at));
  return { kind: "stored", keys: [keyOf(asking.place)], incident: about };
}

/** A person's request as it is stored. People wait for an answer; alerts do not. */
function requestBy(person: Person, place: CommandOrigin, at: Instant, body: SubmissionBody): CommandSubmission {
  return createSubmission({
    key: keyOf(place),
    urgency: 0,
    actor: { kind: "person", id: person.id, name: person.name },
    at,
    replyTo: { channel: place.channel, user: person.id, url: place.replyUrl },
    body,
  });
}

/** What was asked of runbooks is done at once, and stored as runs: here is only the answer. */
function runOutcome({ do: what }: RunRequest, { ok, text }: RunRequestReply, about: Incident | null): CommandOutcome {
  const kind = !ok ? "refused" : what === "list" || what === "show" ? "unchanged" : "applied";
  return { kind, text, incident: about?.number ?? null, events: [], number: null };
}

/** To people outside of it, a private incident does not exist; in its channel everyone is inside. */
function hidden(incident: Incident, person: Person, place: CommandOrigin): boolean {
  return incident.private && incident.channel?.id !== place.channel && !isResponder(incident, person);
}

function keyOf({ key }: CommandOrigin): string {
  return `person:${key}`;
}
