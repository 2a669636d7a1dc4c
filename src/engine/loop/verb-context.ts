import type { Incident } from "#domain/incident/incident.ts";
import { permissionRefusal, requiredGroups } from "#domain/response/permission.ts";
import type { Person } from "#domain/values/language.ts";
import type { Engine } from "#engine/base/engine.ts";
import { PortError } from "#ports/port-error.ts";
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
  return { person, zone, now: engine.clock(), policy: engine.policy() };
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
  { policy, chat }: Engine,
  verb: string,
  person: Person,
  incident: Incident | null,
): Promise<string | null> {
  const mine: string[] = [];
  for (const group of requiredGroups(policy(), verb))
    if ((await withFallback(() => chat.group(group), [])).includes(person.id)) mine.push(group);
  return permissionRefusal(policy(), verb, person, incident, mine);
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
