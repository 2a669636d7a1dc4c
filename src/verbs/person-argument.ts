import type { Person } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { oneLine } from "#domain/values/text.ts";
import type { VerbContext } from "./verb.ts";
import type { WordReader } from "./word-reader.ts";

/** `<@U012AB3CD|alice>` (a mention, escaped by the chat), `@alice`, `me`. */
export const PERSON_PATTERN = /^(?:<@[A-Z0-9]+(?:\|[^>]*)?>|@[\p{L}\p{N}._-]+|me|myself)$/iu;

/** Whom a word means, or null: nobody of the policy is called so. */
export function resolvePerson(word: string, asker: VerbContext): Person | null {
  if (/^(?:me|myself)$/i.test(word)) return asker.person;
  const mention = /^<@([A-Z0-9]+)(?:\|([^>]*))?>$/i.exec(word);
  if (mention !== null) return resolveMention(mention[1]!.toUpperCase(), mention[2] ?? "", asker);
  const name = word.replace(/^@/, "").toLowerCase();
  if (name === asker.person.name.toLowerCase()) return asker.person;
  for (const [id, person] of Object.entries(asker.policy.people))
    if (id.toLowerCase() === name || person.name?.toLowerCase() === name)
      return { id: person.chatId ?? id, name: person.name ?? id };
  return null;
}

/** A person by their id in the chat: as the policy names them, else as the chat does. */
function resolveMention(id: string, name: string, asker: VerbContext): Person {
  if (id === asker.person.id) return asker.person;
  return { id, name: nameInPolicy(asker.policy, id) ?? (name === "" ? (asker.mentionedName?.(id) ?? id) : name) };
}

/** What the policy calls the person with this id in the chat, or null. */
export function nameInPolicy(policy: Policy, id: string): string | null {
  const found = Object.entries(policy.people).find(([, person]) => person.chatId === id);
  return found === undefined ? null : (found[1].name ?? found[0]);
}

export type PersonArgument =
  | { readonly ok: true; readonly person: Person | null }
  | { readonly ok: false; readonly text: string };

/** Takes a person off the front or the back of the words; null when nobody is named. */
export function takePerson(words: WordReader, asker: VerbContext, from: "first" | "last"): PersonArgument {
  const word = words[from](PERSON_PATTERN);
  if (word === null) return { ok: true, person: null };
  const person = resolvePerson(word, asker);
  return person === null
    ? {
        ok: false,
        text: `I know nobody called ${oneLine(word, 60)}. Mention them with @, or name them under \`people\` in muster.yaml.`,
      }
    : { ok: true, person };
}
