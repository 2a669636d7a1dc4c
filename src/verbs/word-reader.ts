import { replaceMentions, type PersonMention } from "#domain/values/mention.ts";

/**
 * What someone wrote after the verb, read from both ends: places for people, times and dates are taken off, and what
 * is left in the middle is their text, as they wrote it.
 */
export class WordReader {
  #rest: string;
  readonly #nameOf: (mention: PersonMention) => string;

  /** `nameOf`: what someone is called who is mentioned in the middle of a text, where the mention names no argument. */
  constructor(text: string, nameOf: (mention: PersonMention) => string) {
    this.#rest = text.trim();
    this.#nameOf = nameOf;
  }

  /** Reads a part of what is written. */
  part(text: string): WordReader {
    return new WordReader(text, this.#nameOf);
  }

  /** Everything not taken yet. */
  get rest(): string {
    return this.#rest;
  }

  get empty(): boolean {
    return this.#rest === "";
  }

  /** Takes the first word when it fits. */
  first(isMatch: RegExp): string | null {
    const word = /^\S+/.exec(this.#rest)?.[0] ?? "";
    if (!isMatch.test(word)) return null;
    this.#rest = this.#rest.slice(word.length).trim();
    return word;
  }

  /** Takes the last word when it fits. */
  last(isMatch: RegExp): string | null {
    // Not with `\S+$`, which looks at a long text as often as it has characters.
    let from = this.#rest.length;
    while (from > 0 && !/\s/.test(this.#rest.charAt(from - 1))) from--;
    const word = this.#rest.slice(from);
    if (!isMatch.test(word)) return null;
    this.#rest = this.#rest.slice(0, this.#rest.length - word.length).trim();
    return word;
  }

  /** Takes `<keyword> <word>` from the end when the word fits: "… at 14:05". Leaves both when it does not. */
  lastAfter(keyword: string, isMatch: RegExp): string | null {
    const found = new RegExp(`(?:^|\\s)${keyword}\\s+(\\S+)$`, "i").exec(this.#rest);
    if (found === null || !isMatch.test(found[1]!)) return null;
    this.#rest = this.#rest.slice(0, found.index).trim();
    return found[1]!;
  }

  /** Takes a phrase of at most `within` characters from the end; the pattern begins with the space before it. */
  lastPhrase(pattern: RegExp, within: number): string | null {
    const from = Math.max(0, this.#rest.length - within);
    const found = pattern.exec(this.#rest.slice(from));
    if (found === null || (found.index === 0 && from > 0 && !/^\s/.test(found[0]))) return null;
    this.#rest = this.#rest.slice(0, from + found.index).trim();
    return foundGroup(found);
  }

  /** Takes a phrase of at most `within` characters from the beginning. */
  firstPhrase(pattern: RegExp, within: number): string | null {
    const found = pattern.exec(this.#rest.slice(0, within));
    if (found === null) return null;
    this.#rest = this.#rest.slice(found[0].length).trim();
    return foundGroup(found);
  }

  /** Takes everything, as people read it: those who are mentioned by their names. */
  all(): string {
    const text = replaceMentions(this.#rest, (mention) => `@${this.#nameOf(mention)}`);
    this.#rest = "";
    return text;
  }
}

/** The group of a match that took part in it. */
function foundGroup(found: RegExpExecArray): string {
  return found.slice(1).find((group) => group !== undefined) ?? found[0];
}
