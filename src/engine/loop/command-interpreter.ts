import { incidentByChannel } from "#db/incidents.ts";
import type { CommandSubmission } from "#domain/commands/submission.ts";
import type { CommandOutcome } from "#domain/events/command-outcome.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { incidentId, OPEN_STATUSES, type Instant, type Person } from "#domain/values/language.ts";
import type { RunRequest } from "#domain/automation/run-request.ts";
import { permissionRefusal, requiredGroups, isResponder } from "#domain/response/permission.ts";
import { PortError } from "#ports/port-error.ts";
import { nameInPolicy } from "#verbs/person-argument.ts";
import { parseVerb, type ParsedVerb } from "#verbs/verb-registry.ts";
import type { VerbContext, FormName, ShowName, Verb, VerbRequest } from "#verbs/verb.ts";
import type { Engine } from "#engine/base/engine.ts";
import { enrichCommand } from "#engine/postmortem/command-enrichment.ts";
import type { EngineReader } from "./reader.ts";
import { answerRunRequest, type RunRequestReply } from "#engine/automation/run-commands.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";

/** Where somebody asked, and what tells this asking from every other: the chat repeats it when it delivers the same again. */
export type CommandOrigin = { readonly key: string; readonly channel: string | null; readonly replyUrl: string | null };

/** What somebody gets to see at once. What their wish leads to is told where the incident is told. */
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
  /** It was not said of which incident: one of these, with the same words? */
  | { readonly kind: "pick"; readonly text: string; readonly incidents: readonly Incident[] }
  /** `wrong`: the verb that was said in a way that cannot be understood; null when it was understood, and the answer is no. */
  | { readonly kind: "problem"; readonly text: string; readonly wrong: Verb | null };

export type CommandInterpreter = {
  /** Does what a line of text says. `about`: the incident it is about, when where it was said does not tell. */
  say(text: string, who: Person, place: CommandOrigin, about?: number | null): Promise<CommandReply>;
  /** The form that a line of text asks for, or null: known without looking anything up. */
  formOf(text: string): FormName | null;
  /** Whether somebody may use a verb about an incident: null when they may, else why not. */
  mayUse(verb: string, who: Person, incident: Incident): Promise<string | null>;
  /** What people call somebody: as the policy does, else as the chat does. */
  nameOf(id: string): Promise<string>;
  /** Does what was understood already: a form, a button with a wish of its own. */
  carryOut(understood: ParsedVerb, who: Person, place: CommandOrigin): Promise<CommandReply>;
};

const PICKED = 5;

/**
 * What people ask for, wherever they ask it: understood by the one grammar, allowed or not by the policy, stored like
 * everything else. Every verb leaves a command behind, also one that only looks and one that was refused.
 */
export function createCommandInterpreter(
  engine: Engine,
  read: EngineReader,
  submit: SubmitCommand,
): CommandInterpreter {
  const { connection, clock, policy, chat } = engine;

  const asker = async (person: Person, zoned: boolean): Promise<VerbContext> => ({
    person,
    zone: zoned ? (await trying(() => chat.person(person.id), { name: person.name, zone: "UTC" })).zone : "UTC",
    now: clock(),
    policy: policy(),
  });

  const asked = (verb: string, text: string, who: Person, place: CommandOrigin): CommandSubmission => ({
    ...from(who, place, clock()),
    body: { type: "verb.asked", verb, text: text.slice(0, 500) },
  });

  const incidentOf = async (named: number | null, place: CommandOrigin): Promise<Incident | null> =>
    named !== null
      ? await read.incident(named)
      : place.channel === null
        ? null
        : ((await incidentByChannel(connection.db, place.channel))?.state ?? null);

  /** Why not, or null. Groups are read now: whoever left one a minute ago may not any more. */
  const refusal = async (verb: string, person: Person, incident: Incident | null): Promise<string | null> => {
    const groups = requiredGroups(policy(), verb);
    const mine: string[] = [];
    for (const group of groups) if ((await trying(() => chat.group(group), [])).includes(person.id)) mine.push(group);
    return permissionRefusal(policy(), verb, person, incident, mine);
  };

  const answer = async (
    understood: ParsedVerb,
    text: string,
    who: Person,
    place: CommandOrigin,
  ): Promise<CommandReply> => {
    const { verb, wish } = understood;
    if (wish.kind === "problem") {
      await submit(asked(verb.name, text, who, place));
      return { kind: "problem", text: wish.text, wrong: verb };
    }
    const unknown = async (number: number): Promise<CommandReply> => {
      await submit(asked(verb.name, `unknown: ${text}`, who, place));
      return { kind: "problem", text: `There is no ${incidentId(number)}.`, wrong: null };
    };
    const found = await incidentOf(understood.incident, place);
    // To whoever is not in on it, a private incident does not exist.
    const incident = found === null || hidden(found, who, place) ? null : found;
    if (understood.incident !== null && incident === null) return unknown(understood.incident);
    const into =
      wish.kind === "command" && wish.command.type === "incident.merge" ? await read.incident(wish.command.into) : null;
    if (into?.private && !isResponder(into, who)) return unknown(into.number);
    const why = await refusal(verb.name, who, incident);
    if (why !== null) {
      await submit(
        incident === null
          ? asked(verb.name, `refused: ${text}`, who, place)
          : toIncident(incident, { type: "verb.refused", verb: verb.name, reason: why }),
      );
      return { kind: "problem", text: why, wrong: null };
    }
    if (verb.about === "incident" && incident === null) {
      const open = (await read.incidents({ status: OPEN_STATUSES, limit: 50 })).filter(
        (each) => !each.private || isResponder(each, who),
      );
      if (open.length === 0)
        return {
          kind: "problem",
          text: "There is no open incident. Name one with `INC-n`, or `declare` one.",
          wrong: null,
        };
      return { kind: "pick", text, incidents: open.slice(0, PICKED) };
    }
    if (wish.kind === "command" && wish.command.type === "incident.merge") {
      const survivor = await read.incident(wish.command.into);
      if (survivor === null || hidden(survivor, who, place)) return unknown(wish.command.into);
    }
    return fulfil(wish, incident);

    function toIncident(
      about: Incident,
      command: Extract<CommandSubmission["body"], { type: "incident" }>["command"],
      at: Instant | null = null,
    ): CommandSubmission {
      return { ...from(who, place, at ?? clock()), body: { type: "incident", incident: about.number, command } };
    }

    async function fulfil(
      wanted: Exclude<VerbRequest, { kind: "problem" }>,
      about: Incident | null,
    ): Promise<CommandReply> {
      switch (wanted.kind) {
        case "command": {
          const command = await enrichCommand(read, about!, wanted.command);
          if (typeof command === "string") {
            await submit(toIncident(about!, { type: "verb.refused", verb: verb.name, reason: command }));
            return { kind: "problem", text: command, wrong: null };
          }
          await submit(toIncident(about!, command, wanted.at));
          return { kind: "stored", keys: [keyOf(place)], incident: about };
        }
        case "commands": {
          const keys = wanted.commands.map((_, i) => (i === 0 ? keyOf(place) : `${keyOf(place)}:${i}`));
          for (const [i, each] of wanted.commands.entries())
            await submit({ ...toIncident(about!, each.command, each.at), key: keys[i]! });
          return { kind: "stored", keys, incident: about };
        }
        case "declare":
          await submit({
            ...from(who, place, clock()),
            body: { type: "incident.declare", declaration: wanted.declaration },
          });
          return { kind: "stored", keys: [keyOf(place)], incident: null };
        case "arrange":
          await submit({ ...from(who, place, clock()), body: wanted.arranging });
          return { kind: "stored", keys: [keyOf(place)], incident: null };
        case "run":
          await submit(asked(verb.name, text, who, place));
          return {
            kind: "told",
            outcome: runOutcome(wanted.ask, await answerRunRequest(engine, wanted.ask, who, about), about),
          };
        case "form":
          return { kind: "form", form: wanted.form, incident: about };
        case "show":
          await submit(asked(verb.name, text, who, place));
          return {
            kind: "show",
            show: wanted.show,
            argument: wanted.argument,
            incident: about,
            asker: await asker(who, wanted.show === "timeline"),
          };
      }
    }
  };

  /** Understands words; those who are mentioned in them without a name have the name that the chat knows. */
  const understand = async (text: string, context: VerbContext): Promise<ParsedVerb> => {
    const names = new Map<string, string>();
    const understood = parseVerb(text, { ...context, mentionedName: (id) => (names.set(id, id), null) });
    if (names.size === 0) return understood;
    for (const id of names.keys()) names.set(id, (await trying(() => chat.person(id), { name: id, zone: "UTC" })).name);
    return parseVerb(text, { ...context, mentionedName: (id) => names.get(id) ?? null });
  };

  const person = ({ id, name }: Person): Person => ({ id, name: nameInPolicy(policy(), id) ?? name });

  return {
    async say(text, who, place, about = null) {
      const me = person(who);
      const understood = await understand(text, await asker(me, /\b(?:at|due|from)\s/i.test(text)));
      return answer({ ...understood, incident: understood.incident ?? about }, text, me, place);
    },
    formOf(text) {
      const { wish } = parseVerb(text, { person: { id: "", name: "" }, zone: "UTC", now: clock(), policy: policy() });
      return wish.kind === "form" ? wish.form : null;
    },
    mayUse: (verb, who, incident) => refusal(verb, person(who), incident),
    nameOf: async (id) =>
      nameInPolicy(policy(), id) ?? (await trying(() => chat.person(id), { name: id, zone: "UTC" })).name,
    carryOut: (understood, who, place) => answer(understood, understood.verb.name, person(who), place),
  };
}

/** A person's wish as it is stored. People wait for an answer; alerts do not. */
function from(who: Person, place: CommandOrigin, at: Instant): Omit<CommandSubmission, "body"> {
  return {
    key: keyOf(place),
    urgency: 0,
    weight: 1,
    actor: { kind: "person", id: who.id, name: who.name },
    at,
    replyTo: { channel: place.channel, user: who.id, url: place.replyUrl },
    evidence: null,
  };
}

/** What was asked of runbooks is done at once, and stored as runs: here is only the answer. */
function runOutcome({ do: what }: RunRequest, { ok, text }: RunRequestReply, about: Incident | null): CommandOutcome {
  const kind = !ok ? "refused" : what === "list" || what === "show" ? "unchanged" : "applied";
  return { kind, text, incident: about?.number ?? null, events: [], number: null };
}

/** To whoever is not in on it, a private incident does not exist; in its channel everybody is. */
function hidden(incident: Incident, who: Person, place: CommandOrigin): boolean {
  return incident.private && incident.channel?.id !== place.channel && !isResponder(incident, who);
}

function keyOf({ key }: CommandOrigin): string {
  return `person:${key}`;
}

/** What the chat says, or something that will do when it cannot be asked: nobody's wish waits for a name. */
async function trying<T>(ask: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof PortError) return otherwise;
    throw error;
  }
}
