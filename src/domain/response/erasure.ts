/** What stands in the place of a text that was taken out. */
export const REDACTED_TEXT = "[redacted]";
/** What a person is called whom Muster was asked to forget. */
export const FORGOTTEN_NAME = "Forgotten person";

/** Fields of events in which people, or what they use, write freely. The rest are ids, names and words of the model. */
const FREE_FIELDS: ReadonlySet<string> = new Set([
  "text",
  "reason",
  "priorityReason",
  "summary",
  "title",
  "says",
  "what",
  "why",
  "note",
  "dropped",
]);
/** Fields of which everything within is: names and addresses of what someone attached. */
const FREE_TREES: ReadonlySet<string> = new Set(["files"]);
/** Shorter texts stand in other places by chance: they are taken out of their incident only, where they are a whole text. */
export const SHORTEST_COPY = 8;

/** The free texts of an event, each once; `data` may also be the body of the command that caused it, as it was typed. */
export function freeTextsOf({ type, data }: { readonly type: string; readonly data: unknown }): readonly string[] {
  const texts = new Set<string>();
  const isFree = (name: string): boolean =>
    FREE_FIELDS.has(name) || (type === "title.changed" && (name === "from" || name === "to"));
  const walk = (value: unknown, free: boolean, whole = false): void => {
    if (typeof value === "string") {
      if (free && value.trim() !== "" && !REDACTED_TEXT.includes(value)) texts.add(value);
    } else if (typeof value === "object" && value !== null)
      for (const [name, each] of Object.entries(value)) {
        const all = whole || FREE_TREES.has(name);
        walk(each, all || (Array.isArray(value) ? free : isFree(name)), all);
      }
  };
  walk(data, false);
  // The longest first: what is left of one that holds another would not be found.
  return [...texts].toSorted((a, b) => b.length - a.length);
}

/** Takes texts out of a text: long ones wherever they stand, short ones where they are all of it. */
export function createTextEraser(texts: readonly string[]): (text: string) => string {
  const long = texts.filter((text) => text.length >= SHORTEST_COPY);
  return (text) => {
    if (texts.includes(text)) return REDACTED_TEXT;
    const forms = long.flatMap(writtenForms);
    const whole = forms.reduce((left, each) => left.replaceAll(each, REDACTED_TEXT), text);
    return forms.reduce(takeOutBeginning, whole);
  };
}

/** Characters by which a copy is found that was cut to what fits somewhere. */
const BEGINNING = 64;

/** What a text is looked for by: all of it, or as much of a long one as every cut copy of it has. */
export function beginningOf(form: string): string {
  return form.slice(0, BEGINNING).replace(/[\ud800-\udbff]$/, "");
}

/** Takes copies of a long text out that were cut: its beginning, and as much as follows of it. */
function takeOutBeginning(text: string, form: string): string {
  const beginning = beginningOf(form);
  let left = text;
  for (let at = left.indexOf(beginning); form.length > BEGINNING && at >= 0; at = left.indexOf(beginning, at + 1)) {
    let end = beginning.length;
    while (end < form.length && left[at + end] === form[end]) end++;
    left = left.slice(0, at) + REDACTED_TEXT + left.slice(at + end);
  }
  return left;
}

/** A text as it stands in others: as it is, within JSON, in one line, escaped for Markdown and HTML. */
export function writtenForms(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const html = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const go = json.replaceAll("&", "\\u0026").replaceAll("<", "\\u003c").replaceAll(">", "\\u003e");
  const forms = [text, json, JSON.stringify(json).slice(1, -1), text.replace(/\s+/g, " ").trim(), html, go];
  return [...new Set(forms)].filter((form) => form !== "").toSorted((a, b) => b.length - a.length);
}

/** How a person is known: ids, by which they are replaced wherever they stand, and names. */
export type KnownPerson = { readonly ids: readonly string[]; readonly names: readonly string[] };

/** Takes a person out of a text: their ids become another, their names the name of no one. Only whole words. */
export function createPersonEraser({ ids, names }: KnownPerson, pseudonym: string): (text: string) => string {
  const byLength = (texts: readonly string[]): readonly string[] => texts.toSorted((a, b) => b.length - a.length);
  const replacements = [
    ...byLength(ids).map((id) => [wholeWord(id), pseudonym] as const),
    // A name that the new one holds could be replaced for ever.
    ...byLength(names)
      .map((name) => [wholeWord(name), FORGOTTEN_NAME] as const)
      .filter(([word]) => FORGOTTEN_NAME.search(word) < 0),
  ];
  return (text) => replacements.reduce((left, [word, by]) => left.replace(word, () => by), text);
}

function wholeWord(text: string): RegExp {
  const escaped = text.replace(/[$()*+./?[\\\]^{|}]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])`, "gu");
}

/** The names that stand beside one of these ids, anywhere in a value. */
export function namesBeside(value: unknown, ids: readonly string[]): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = value as { readonly id?: unknown; readonly name?: unknown };
  const mine = typeof own.id === "string" && ids.includes(own.id) && typeof own.name === "string" ? [own.name] : [];
  return [...mine, ...Object.values(value).flatMap((each: unknown) => namesBeside(each, ids))];
}

/** The same value with each of its texts rewritten, names of fields too. */
export function rewriteTexts(value: unknown, rewrite: (text: string) => string): unknown {
  if (typeof value === "string") return rewrite(value);
  if (Array.isArray(value)) return value.map((each) => rewriteTexts(each, rewrite));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [rewrite(name), rewriteTexts(each, rewrite)]));
}
