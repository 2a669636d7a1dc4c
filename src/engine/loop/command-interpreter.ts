import { incidentByChannel } from "#db/incidents.ts";
import type { CommandSubmission } from "#domain/commands/submission.ts";
import type { CommandOutcome } from "#domain/events/command-outcome.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { isReferredTo, staleReferenceText, type IncidentReference } from "#domain/incident/incident-reference.ts";
import type { Run } from "#domain/automation/run.ts";
import { incidentId, type Actor, type ActorVia, type Instant, type Person } from "#domain/values/language.ts";
import { resolveActor } from "#domain/policy/people.ts";
import { maySeeIncident } from "#domain/response/permission.ts";
import { resolveWrittenTime, type WrittenTime } from "#domain/response/written-time.ts";
import { nameInPolicy } from "#verbs/person-argument.ts";
import { permissionOf } from "#verbs/verb-permission.ts";
import { parseVerb, type ParsedVerb } from "#verbs/verb-registry.ts";
import type { VerbContext, FormName, ShowName, Verb, VerbRequest } from "#verbs/verb.ts";
import { answerRefusals, type AnswerRefusals } from "#engine/automation/run-approval.ts";
import type { Engine } from "#engine/base/engine.ts";
import { personRequest, requestKey, type CommandOrigin } from "#engine/base/person-request.ts";
import { enrichCommand } from "#engine/postmortem/command-enrichment.ts";
import { rememberGroups } from "#engine/response/group-members.ts";
import type { EngineReader } from "./reader.ts";
import { chatPerson, understandVerb, verbContext, verbRefusal, verbRefusals } from "./verb-context.ts";
import { answerOnce } from "./run-answers.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";

export type { CommandOrigin };

/** The immediate answer. What the request leads to appears in the incident's channel. */
export type CommandReply =
  /** Their commands are stored, under these keys; what comes of them follows. `incident`: of which one, null for one that is being opened. */
  | { readonly kind: "stored"; readonly keys: readonly string[]; readonly incident: Incident | null }
  | { readonly kind: "form"; readonly form: FormName; readonly incident: Incident | null; readonly words?: string }
  /** It is done, or refused. */
  | { readonly kind: "answered"; readonly outcome: CommandOutcome }
  | {
      readonly kind: "show";
      readonly show: ShowName;
      readonly argument: string | null;
      readonly incident: Incident | null;
      readonly asker: VerbContext;
    }
  /** No incident was named: a choice of these, with the same words. */
  | { readonly kind: "pick"; readonly text: string; readonly incidents: readonly Incident[] }
  /** `wrong`: the verb whose arguments were not understood; null when it was understood and refused. `offer`: what may be declared with the words. */
  | { readonly kind: "problem"; readonly text: string; readonly wrong: Verb | null; readonly offer?: string };

export type CommandInterpreter = {
  /** Runs a line of text. `about`: the incident it is about, when its place does not show that. */
  runText(text: string, person: Person, place: CommandOrigin, about?: IncidentReference | null): Promise<CommandReply>;
  /** The form that a line of text asks for, or null: known without looking anything up. */
  formOf(text: string): FormName | null;
  /** Whether a line of text approves a run: known without looking anything up. */
  approvesRun(text: string): boolean;
  /** Whether someone may use a verb about an incident: null when they may, else why not. */
  mayUse(verb: string, person: Person & Pick<Actor, "via">, incident: Incident): Promise<string | null>;
  /**
   * What a page may offer someone about an incident: for words of the grammar null, or why they would be refused. By groups
   * as they were within the last minute: it allows nothing.
   */
  offers(person: Person, via: ActorVia, incident: Incident): Promise<(words: string) => string | null>;
  /** Why someone's answer to what a run asks would be refused, likewise; null: it would not. */
  answerOffers(person: Person, run: Run, incident: Incident | null): Promise<AnswerRefusals>;
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
  readonly who: Actor;
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
  const remembering = {
    ...engine,
    chat: { isMember: (id: string) => chat.isMember(id), ...rememberGroups(chat, clock) },
  };
  const actorOf = (person: Person, via?: ActorVia): Actor => resolveActor(policy(), person, via);
  const requestIn = (text: string): VerbRequest =>
    parseVerb(chat.readMentions(text), { person: { id: "", name: "" }, zone: "UTC", now: clock(), policy: policy() })
      .request;
  return {
    async runText(text, request, place, about = null) {
      const actor = actorOf(request, place.via);
      const understood = await understandVerb(
        engine,
        chat.readMentions(text),
        // On pages and for programs times are UTC, as they are shown there.
        await verbContext(engine, actor, place.via.way === "chat" && /\b(?:at|on|due|from)\s/i.test(text)),
      );
      const named = { ...understood, incident: understood.incident ?? about?.number ?? null };
      return answer(means, { understood: named, about, text, who: actor, place });
    },
    formOf(text) {
      const request = requestIn(text);
      return request.kind === "form" ? request.form : null;
    },
    approvesRun(text) {
      const request = requestIn(text);
      return request.kind === "run" && request.ask.do === "approve";
    },
    mayUse: (verb, person, incident) => verbRefusal(engine, verb, actorOf(person, person.via), incident),
    offers: (person, via, incident) => verbRefusals(remembering, actorOf(person, via), incident),
    async answerOffers(person, run, incident) {
      const actor = actorOf(person, { way: "dashboard" });
      const verb = (await verbRefusals(remembering, actor, incident))("runbook approve");
      return verb === null ? answerRefusals(remembering, run, incident, actor) : { approve: verb, deny: verb };
    },
    nameOf: async (id) => nameInPolicy(policy(), id) ?? (await chatPerson(engine, { id, name: id })).name,
    carryOut: (understood, actor, place, about = null) =>
      answer(means, { understood, about, text: understood.verb.name, who: actorOf(actor, place.via), place }),
  };
}

async function answer(means: Means, asking: Asking): Promise<CommandReply> {
  const { engine, read, submit } = means;
  const { understood, about, text, who: person, place } = asking;
  const { verb, request } = understood;
  if (request.kind === "problem") {
    await submit(askedOf(means, asking, text));
    return {
      kind: "problem",
      text: request.text,
      wrong: verb,
      ...(request.offer === undefined ? {} : { offer: request.offer }),
    };
  }
  const unknown = async (number: number): Promise<CommandReply> => {
    await submit(askedOf(means, asking, `unknown: ${text}`));
    return { kind: "problem", text: `There is no ${incidentId(number)}.`, wrong: null };
  };
  const found = await incidentOf(means, understood.incident, place);
  // To people outside of it, a private incident does not exist.
  const isHidden = found !== null && hidden(engine, found, person, place);
  // That one is private which everyone had seen is no secret: access to it may be asked for.
  const incident = isHidden && !(verb.name === "access" && found.hiddenSince !== null) ? null : found;
  if (understood.incident !== null && incident === null) return unknown(understood.incident);
  if (incident !== null && about?.number === incident.number && !isReferredTo(incident, about)) {
    await submit(askedOf(means, asking, `of another ${incidentId(incident.number)}: ${text}`));
    return { kind: "problem", text: staleReferenceText(about), wrong: null };
  }
  const merge = request.kind === "command" && request.command.type === "incident.merge" ? request.command : null;
  const mergeTarget = merge === null ? null : await read.incident(merge.into);
  if (mergeTarget !== null && !maySeeIncident(engine.policy(), mergeTarget, person)) return unknown(mergeTarget.number);
  const reason = await verbRefusal(engine, permissionOf(understood), person, incident);
  if (reason !== null) {
    await submit(
      incident === null ? askedOf(means, asking, `refused: ${text}`) : refusedIn(means, asking, incident, reason),
    );
    return { kind: "problem", text: reason, wrong: null };
  }
  if (verb.about === "incident" && incident === null) return pickIncident(means, text, person);
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
async function pickIncident({ engine, read }: Means, text: string, person: Person): Promise<CommandReply> {
  const open = await read.openIncidents((each) => maySeeIncident(engine.policy(), each, person), PICKED);
  return open.length === 0
    ? { kind: "problem", text: "There is no open incident. Name one with `INC-n`, or `declare` one.", wrong: null }
    : { kind: "pick", text, incidents: open };
}

/** What is kept of an asking that changes nothing itself. */
function askedOf({ engine }: Means, { understood, who: person, place }: Asking, text: string): CommandSubmission {
  const body = { type: "verb.asked", verb: understood.verb.name, text: text.slice(0, 500) } as const;
  return personRequest(person, place, engine.clock(), body);
}

function toIncident(
  { engine }: Means,
  { who: person, place }: Asking,
  about: Incident,
  command: Extract<CommandSubmission["body"], { type: "incident" }>["command"],
  at: Instant | null = null,
): CommandSubmission {
  return personRequest(person, place, at ?? engine.clock(), { type: "incident", incident: about.number, command });
}

/** A refusal for the record: its author has read it already. */
function refusedIn(means: Means, asking: Asking, about: Incident, reason: string): CommandSubmission {
  const command = { type: "verb.refused", verb: asking.understood.verb.name, reason } as const;
  return { ...toIncident(means, asking, about, command), replyTo: null };
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
    case "correct": {
      const { milestone, at } = wanted;
      const then = resolveWrittenTime(at, about!, engine.clock(), milestone);
      const command = { type: "milestone.correct", milestone, at: then, dated: true } as const;
      return storeCommand(means, asking, { kind: "command", command, at: null }, about!);
    }
    case "commands": {
      const keys = wanted.commands.map((_, i) => (i === 0 ? requestKey(place) : `${requestKey(place)}:${i}`));
      for (const [i, each] of wanted.commands.entries())
        await submit({
          ...toIncident(means, asking, about!, each.command, meantAt(means, about!, each.at)),
          key: keys[i]!,
        });
      return { kind: "stored", keys, incident: about };
    }
    case "declare":
      await submit(
        personRequest(person, place, engine.clock(), { type: "incident.declare", declaration: wanted.declaration }),
      );
      return { kind: "stored", keys: [requestKey(place)], incident: null };
    case "arrange":
      await submit(personRequest(person, place, engine.clock(), wanted.arranging));
      return { kind: "stored", keys: [requestKey(place)], incident: null };
    case "run":
      return { kind: "answered", outcome: await answerOnce(engine, askedOf(means, asking, text), wanted.ask, about) };
    case "form":
      return {
        kind: "form",
        form: wanted.form,
        incident: about,
        ...(wanted.words === undefined ? {} : { words: wanted.words }),
      };
    case "show": {
      await submit(askedOf(means, asking, text));
      if (about !== null) await means.read.noteRead(about, person);
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
    await means.submit(refusedIn(means, asking, about, command));
    return { kind: "problem", text: command, wrong: null };
  }
  await means.submit(toIncident(means, asking, about, command, meantAt(means, about, wanted.at)));
  return { kind: "stored", keys: [requestKey(asking.place)], incident: about };
}

/** When it was, in the story of the incident; null: now. */
function meantAt({ engine }: Means, incident: Incident, at: WrittenTime | null): Instant | null {
  return at === null ? null : resolveWrittenTime(at, incident, engine.clock());
}

/** To people outside of it, a private incident does not exist; in its channel everyone is inside. */
function hidden({ policy }: Engine, incident: Incident, person: Person, place: CommandOrigin): boolean {
  return incident.channel?.id !== place.channel && !maySeeIncident(policy(), incident, person);
}
