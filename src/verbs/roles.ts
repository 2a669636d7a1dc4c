import { ROLES, ROLE_TITLES, type Role } from "#domain/language.ts";
import { oneLine } from "#domain/text.ts";
import { personMeant, PERSON, takePerson } from "./people.ts";
import { command, problem, type Asker, type Verb, type Wish } from "./verb.ts";
import type { Words } from "./words.ts";

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

function assign(role: Role, words: Words, asker: Asker): Wish {
  if (words.empty) return command({ type: "role.claim", role });
  if (words.first(/^(?:none|nobody)$/i) !== null) return command({ type: "role.assign", role, person: null });
  const whom = takePerson(words, asker, "first");
  if (!whom.ok) return problem(whom.text);
  if (whom.person === null || !words.empty) return problem(`Say who: \`role ${role} @USER\`, or \`role ${role} nobody\`.`);
  return whom.person.id === asker.person.id ? command({ type: "role.claim", role }) : command({ type: "role.assign", role, person: whom.person });
}

export const roles: readonly Verb[] = [
  {
    name: "role",
    aliases: [],
    usage: "ROLE [@USER]",
    summary: `give or take a role: ${ROLES.map((role) => `${role} (${ROLE_TITLES[role]})`).join(", ")}`,
    group: "Roles",
    about: "incident",
    read(words, asker) {
      const name = words.first(/^/);
      const role = name === null || name === "" ? undefined : Object.hasOwn(NAMES, name.toLowerCase()) ? NAMES[name.toLowerCase()] : undefined;
      if (role === undefined)
        return name === null || name === ""
          ? { kind: "show", show: "roles", argument: null }
          : problem(`"${oneLine(name, 60)}" is no role. There are: ${ROLES.join(", ")}.`);
      return assign(role, words, asker);
    },
  },
  {
    name: "roles",
    aliases: [],
    usage: "",
    summary: "who holds which role, and for how long",
    group: "Roles",
    about: "incident",
    read: () => ({ kind: "show", show: "roles", argument: null }),
  },
  {
    name: "ic",
    aliases: ["lead", "commander"],
    usage: "[@USER]",
    summary: "take command, or give it to somebody when nobody has it",
    group: "Roles",
    about: "incident",
    read: (words, asker) => assign("commander", words, asker),
  },
  {
    name: "handoff",
    aliases: ["handover"],
    usage: "@USER · accept · decline",
    summary: "offer command to somebody; you have it until they take it",
    group: "Roles",
    about: "incident",
    read(words, asker) {
      if (words.first(/^accept$/i) !== null) return command({ type: "handoff.accept" });
      if (words.first(/^(?:decline|withdraw)$/i) !== null) return command({ type: "handoff.decline" });
      const word = words.first(PERSON);
      if (word === null) return problem("Say to whom: `handoff @USER`.");
      const to = personMeant(word, asker);
      return to === null ? problem(`I know nobody called ${oneLine(word, 60)}. Mention them with @.`) : command({ type: "handoff.offer", to });
    },
  },
  {
    name: "page",
    aliases: ["call"],
    usage: "@USER|TEAM [MESSAGE]",
    summary: "wake somebody for this incident",
    group: "Roles",
    about: "incident",
    read(words, asker) {
      const whom = takePerson(words, asker, "first");
      if (!whom.ok) return problem(whom.text);
      const message = (): string | null => (words.empty ? null : words.all());
      if (whom.person !== null) return command({ type: "incident.page", to: { kind: "person", person: whom.person }, message: message() });
      const teams = Object.keys(asker.policy.teams);
      const name = words.first(/^\S/)?.toLowerCase();
      const team = teams.find((each) => each.toLowerCase() === name);
      if (team !== undefined) return command({ type: "incident.page", to: { kind: "team", team }, message: message() });
      return problem(`Say whom: \`page @USER MESSAGE\`${teams.length > 0 ? `, or a team: ${teams.join(", ")}` : " (there are no teams in muster.yaml)"}.`);
    },
  },
];
