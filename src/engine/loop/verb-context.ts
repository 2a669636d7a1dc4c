import type { Incident } from "#domain/incident/incident.ts";
import { permissionRefusal, requiredGroups } from "#domain/response/permission.ts";
import type { Person } from "#domain/values/language.ts";
import type { Engine } from "#engine/base/engine.ts";
import { isGroupMember, type GroupReads } from "#engine/response/group-members.ts";
import { PortError } from "#ports/port-error.ts";
import { permissionOf } from "#verbs/verb-permission.ts";
import { parseVerb, type ParsedVerb } from "#verbs/verb-registry.ts";
import type { VerbContext } from "#verbs/verb.ts";

/** The chat's person for an id; the known name when the chat cannot be asked. */
export function chatPerson(
  { chat }: Engine,
  { id, name }: Person,
): Promise<{ readonly name: string; readonly zone: string }> {
  return withFallback(() => chat.person(id), { name, zone: "UTC" });
}

/** What words are understood with. `zoned`: they may name a time, which is meant in the person's own zone. */
export async function verbContext(engine: Engine, person: Person, zoned: boolean): Promise<VerbContext> {
  const zone = zoned ? (await chatPerson(engine, person)).zone : "UTC";
  return { person: { id: person.id, name: person.name }, zone, now: engine.clock(), policy: engine.policy() };
}

/** Of more people than this in one line the chat is not asked: they are called by their ids. */
const MOST_NAMES = 20;

/** Parses words; mentions without a name get the chat's name. */
export async function understandVerb(engine: Engine, text: string, context: VerbContext): Promise<ParsedVerb> {
  const names = new Map<string, string>();
  const understood = parseVerb(text, { ...context, mentionedName: (id) => (names.set(id, id), null) });
  if (names.size === 0) return understood;
  for (const id of [...names.keys()].slice(0, MOST_NAMES))
    names.set(id, (await chatPerson(engine, { id, name: id })).name);
  return parseVerb(text, { ...context, mentionedName: (id) => names.get(id) ?? null });
}

/** The refusal, or null. Groups are read now, so that a member who left a minute ago is refused. */
export async function verbRefusal(
  engine: Engine,
  verb: string,
  person: Person,
  incident: Incident | null,
): Promise<string | null> {
  const policy = engine.policy();
  const mine = await groupsOf(engine, person, requiredGroups(policy, verb));
  return permissionRefusal(policy, verb, person, incident, mine);
}

/**
 * What someone may say about an incident: for words of the grammar null, or why not. All groups of the policy are looked up
 * before, once.
 */
export async function verbRefusals(
  engine: GroupReads,
  person: Person,
  incident: Incident | null,
): Promise<(words: string) => string | null> {
  const policy = engine.policy();
  const rules = [...new Set(Object.keys(policy.permissions).flatMap((verb) => requiredGroups(policy, verb)))];
  const mine = await groupsOf(engine, person, rules);
  const context = { person, zone: "UTC", now: engine.clock(), policy };
  return (words) => permissionRefusal(policy, permissionOf(parseVerb(words, context)), person, incident, mine);
}

/** Those of some groups of the chat that someone is in now. */
export async function groupsOf(
  engine: GroupReads,
  person: Person,
  groups: readonly string[],
): Promise<readonly string[]> {
  const mine: string[] = [];
  for (const group of groups)
    if (await withFallback(() => isGroupMember(engine, group, person), false)) mine.push(group);
  return mine;
}

/** The chat's answer, or a substitute when it cannot be asked: no request waits for a name. */
async function withFallback<T>(lookUp: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await lookUp();
  } catch (error) {
    if (error instanceof PortError) return otherwise;
    throw error;
  }
}
