import type { Person } from "#domain/values/language.ts";
import { parseMention, type PersonMention } from "#domain/values/mention.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { oneLine } from "#domain/values/text.ts";
import type { VerbContext } from "./verb.ts";
import type { WordReader } from "./word-reader.ts";
import { isSamePerson } from "#domain/policy/people.ts";

/** A mention (`src/domain/values/mention.ts`), `@alice`, `me`. */
export const PERSON_PATTERN = /^(?:@person\[[^\s[\]]+\]|@[\p{L}\p{N}._-]+|me|myself)$/iu;

/** Whom a word means, or null: no one of the policy is called so. */
export function resolvePerson(word: string, ctx: VerbContext): Person | null {
  if (/^(?:me|myself)$/i.test(word)) return ctx.person;
  const mention = parseMention(word);
  if (mention !== null) return resolveMention(mention, ctx);
  const name = word.replace(/^@/, "").toLowerCase();
  if (name === ctx.person.name.toLowerCase()) return ctx.person;
  for (const [id, person] of Object.entries(ctx.policy.people))
    if (id.toLowerCase() === name || person.name?.toLowerCase() === name)
      return { id: person.chatId ?? id, name: person.name ?? id };
  return null;
}

/** A person by their id in the chat: as the policy names them, else as the chat does. */
export function resolveMention({ id, name }: PersonMention, ctx: VerbContext): Person {
  if (isSamePerson(ctx.policy, { id }, ctx.person)) return ctx.person;
  return { id, name: nameInPolicy(ctx.policy, id) ?? name ?? ctx.mentionedName?.(id) ?? id };
}

/** What the policy calls the person with this id in the chat, or null. */
export function nameInPolicy(policy: Policy, id: string): string | null {
  const found = Object.entries(policy.people).find(([, person]) => person.chatId === id);
  return found === undefined ? null : (found[1].name ?? found[0]);
}

export type PersonArgument =
  | { readonly ok: true; readonly person: Person | null }
  | { readonly ok: false; readonly text: string };

/** Takes a person off the front or the back of the words; null when no one is named. */
export function takePerson(words: WordReader, ctx: VerbContext, from: "first" | "last"): PersonArgument {
  const word = words[from](PERSON_PATTERN);
  if (word === null) return { ok: true, person: null };
  const person = resolvePerson(word, ctx);
  return person === null
    ? {
        ok: false,
        text: `There is no one called ${oneLine(word, 60)}. Mention them with @, or name them under \`people\` in muster.yaml.`,
      }
    : { ok: true, person };
}
