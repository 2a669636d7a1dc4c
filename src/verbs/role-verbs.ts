import { ROLES, ROLE_TITLES, type Person, type Role } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import { takePage } from "./page-argument.ts";
import { resolvePerson, PERSON_PATTERN, takePerson } from "./person-argument.ts";
import { requestCommand, reportProblem, withNote, type VerbContext, type Verb, type VerbRequest } from "./verb.ts";
import type { WordReader } from "./word-reader.ts";
import { isSamePerson } from "#domain/policy/people.ts";

const NAMES: Readonly<Record<string, Role>> = {
  commander: "commander",
  ic: "commander",
  lead: "commander",
  tech: "tech",
  technical: "tech",
  tl: "tech",
  comms: "comms",
  communications: "comms",
  cl: "comms",
  scribe: "scribe",
};

function assign(role: Role, words: WordReader, ctx: VerbContext): VerbRequest {
  const under = takePage(words);
  if (words.empty) return requestCommand({ type: "role.claim", role, ...under });
  if (words.first(/^(?:none|nobody)$/i) !== null) return requestCommand({ type: "role.assign", role, person: null });
  const person = takePerson(words, ctx, "first");
  if (!person.ok) return reportProblem(person.text);
  if (person.person === null || !words.empty)
    return reportProblem(`Name who: \`role ${role} @USER\`, or \`role ${role} none\`.`);
  return isSamePerson(ctx.policy, person.person, ctx.person)
    ? requestCommand({ type: "role.claim", role })
    : requestCommand({ type: "role.assign", role, person: person.person });
}

export const roleVerbs: readonly Verb[] = [
  {
    name: "role",
    aliases: [],
    usage: "ROLE [@USER]",
    summary: `give or take a role: ${ROLES.map((role) => `${role} (${ROLE_TITLES[role]})`).join(", ")}`,
    group: "Roles",
    about: "incident",
    read(words, ctx) {
      const name = words.first(/^/);
      const role =
        name === null || name === ""
          ? undefined
          : Object.hasOwn(NAMES, name.toLowerCase())
            ? NAMES[name.toLowerCase()]
            : undefined;
      if (role === undefined)
        return name === null || name === ""
          ? { kind: "show", show: "roles", argument: null }
          : reportProblem(`"${oneLine(name, 60)}" is no role. There are: ${ROLES.join(", ")}.`);
      return assign(role, words, ctx);
    },
  },
  {
    name: "roles",
    aliases: [],
    usage: "",
    summary: "who holds which role, and for how long",
    group: "Roles",
    about: "incident",
    // The words of the button: all of them in one form.
    read: (words) =>
      /^form$/i.test(words.rest) ? { kind: "form", form: "roles" } : { kind: "show", show: "roles", argument: null },
  },
  {
    name: "ic",
    aliases: ["lead", "commander"],
    usage: "[@USER]",
    summary: "take command, or give it to someone when no one has it",
    group: "Roles",
    about: "incident",
    takesPage: true,
    read: (words, ctx) => assign("commander", words, ctx),
  },
  {
    name: "handoff",
    aliases: ["handover"],
    usage: "@USER · accept · decline",
    summary: "offer command to someone; you have it until they take it",
    group: "Roles",
    about: "incident",
    read(words, ctx) {
      if (words.first(/^accept$/i) !== null) return requestCommand({ type: "handoff.accept" });
      if (words.first(/^(?:decline|withdraw)$/i) !== null) return requestCommand({ type: "handoff.decline" });
      const word = words.first(PERSON_PATTERN);
      if (word === null) return reportProblem("Name who is to take command: `handoff @USER`.");
      const to = resolvePerson(word, ctx);
      return to === null
        ? reportProblem(`There is no one called ${oneLine(word, 60)}. Mention them with @.`)
        : withNote({ type: "handoff.offer", to }, words);
    },
  },
  {
    name: "invite",
    aliases: [],
    usage: "@USER…",
    summary: "bring someone in: they are invited to its channel, and see it when it is private",
    group: "Roles",
    about: "incident",
    read(words, ctx) {
      const people: Person[] = [];
      for (;;) {
        const next = takePerson(words, ctx, "first");
        if (!next.ok) return reportProblem(next.text);
        if (next.person === null) break;
        people.push(next.person);
      }
      if (people.length === 0) return reportProblem("Name who is to come: `invite @USER`.");
      const commands = people.map((person) => ({ command: { type: "access.grant", person } as const, at: null }));
      return commands.length === 1 ? requestCommand(commands[0]!.command) : { kind: "commands", commands };
    },
  },
  {
    name: "join",
    aliases: [],
    usage: "INC-n",
    summary: "join an incident: you are invited to its channel",
    group: "Roles",
    about: "incident",
    read: () => requestCommand({ type: "incident.join" }),
  },
  {
    name: "subscribe",
    aliases: ["follow"],
    usage: "INC-n",
    summary: "get its updates, its end and a re-opening as direct messages, and nothing else",
    group: "Look",
    about: "incident",
    read: () => requestCommand({ type: "incident.subscribe" }),
  },
  {
    name: "unsubscribe",
    aliases: ["unfollow"],
    usage: "INC-n",
    summary: "get no more of its updates as direct messages",
    group: "Look",
    about: "incident",
    read: () => requestCommand({ type: "incident.unsubscribe" }),
  },
  {
    name: "private",
    aliases: [],
    usage: "",
    summary: "hide it from everyone but its people; it goes on in a private channel",
    group: "Arrange",
    about: "incident",
    // The words of the button: a form that asks first, for it cannot be undone.
    read: (words) =>
      /^form$/i.test(words.rest)
        ? { kind: "form", form: "private" }
        : requestCommand({ type: "incident.make_private" }),
  },
  {
    name: "access",
    aliases: [],
    usage: "INC-n",
    summary: "ask the people of a private incident to let you in",
    group: "Roles",
    about: "incident",
    read: () => requestCommand({ type: "access.request" }),
  },
  {
    name: "page",
    aliases: ["call"],
    usage: "@USER|TEAM [MESSAGE]",
    summary: "wake someone for this incident",
    group: "Roles",
    about: "incident",
    read(words, ctx) {
      const person = takePerson(words, ctx, "first");
      if (!person.ok) return reportProblem(person.text);
      const message = (): string | null => (words.empty ? null : words.all());
      if (person.person !== null)
        return requestCommand({
          type: "incident.page",
          to: { kind: "person", person: person.person },
          message: message(),
        });
      const teams = Object.keys(ctx.policy.teams);
      const name = words.first(/^\S/)?.toLowerCase();
      const team = teams.find((each) => each.toLowerCase() === name);
      if (team !== undefined)
        return requestCommand({ type: "incident.page", to: { kind: "team", team }, message: message() });
      return reportProblem(
        `Name who: \`page @USER MESSAGE\`${teams.length > 0 ? `, or a team: ${teams.join(", ")}` : " (there are no teams in muster.yaml)"}.`,
      );
    },
  },
];
