/** What was made of a text before it is stored or shown. */
export type RedactedText = {
  readonly text: string;
  /** How many places were masked. */
  readonly masked: number;
  /** Bytes that were left out at the end. */
  readonly cutBytes: number;
};

const MASK = "[secret]";
/** Most that is kept of anyone's output, in bytes of UTF-8. */
const LIMIT = 65_536;
/** Shorter secrets occur in texts by chance; masking them would reveal them. */
const SHORTEST = 4;
/** This much of a secret's beginning at the very end of a text is one that was cut off. */
const PARTIAL = 6;

/** Things that are secret wherever they are, by their form. The part in front of the last group is kept. */
const FORMS: readonly RegExp[] = [
  /()(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$))/g,
  /()(\b(?:gh[oprsu]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_\w{30,}|mst_[\w-]{20,}))/g,
  /()(\bx(?:ox[a-z]|app)-[\w-]{8,})/g,
  /()(\b(?:AKIA|ASIA)[A-Z0-9]{16}\b)/g,
  /()(\b(?:sk|rk|pk)_(?:live|test)_\w{10,})/g,
  /()(\bAIza[\w-]{30,})/g,
  /()(\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?)/g,
  /(\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s/:@]{0,200}:)([^\s/@]{1,200})(?=@)/gi,
  /(\b(?:bearer|basic)\s+)([\w+/~.=-]{8,})/gi,
  /((?:passw(?:or)?d|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)["']?\s{0,3}[=:]\s{0,3})("(?:[^"\\\n]|\\.)+"|'[^'\n]+'|[^\s"',;&]+)/gi,
];
/** What terminals obey: escape sequences (ECMA-48), and every other control character but those that lay out a text. */
const TERMINAL =
  // oxlint-disable-next-line no-control-regex
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[\0-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
/** A line of a longer secret is one itself, unless it is so short that it could stand anywhere. */
const LINE = 12;
const RANDOM_LOOKING = /[A-Za-z0-9+_-]{28,}/g;

/**
 * Masks known secrets in all the forms in which programs print them, then whatever looks like a secret; then cuts.
 * In this order: a secret that was cut in half first would not be found.
 */
export function redactSecrets(text: string, secrets: readonly string[], limit: number = LIMIT): RedactedText {
  let masked = 0;
  const mask = (): string => {
    masked++;
    return MASK;
  };
  const forms = formsOfAll(secrets);
  // What moves a cursor or sets a colour could stand within a secret; and a database keeps no NUL in a text.
  let clean = text.toWellFormed().replace(TERMINAL, "");
  for (const form of forms)
    if (clean.includes(form)) clean = clean.split(form).reduce((before, after) => `${before}${mask()}${after}`);
  const cutOff = forms.map((form) => overlap(clean, form)).reduce((most, each) => Math.max(most, each), 0);
  if (cutOff > 0) clean = `${clean.slice(0, clean.length - cutOff)}${mask()}`;
  clean = maskKnownForms(clean, mask);
  clean = clean.replace(RANDOM_LOOKING, (word) => (looksRandom(word) ? mask() : word));
  return { ...capped(clean, limit), masked };
}

/** Masks what is secret by its form. */
function maskKnownForms(text: string, mask: () => string): string {
  return FORMS.reduce(
    (clean, form) =>
      clean.replace(form, (whole: string, kept: string, value: string) =>
        isMasked(value) || !isCredential(kept, value) ? whole : `${kept}${mask()}`,
      ),
    text,
  );
}

function isMasked(value: string): boolean {
  return value.replace(/^["']|["']$/g, "") === MASK;
}

/** "basic auth is off" and "the bearer answered" are sentences: what follows those words in a header is no word. */
function isCredential(kept: string, value: string): boolean {
  return !/^(?:bearer|basic)\s+$/i.test(kept) || /[\d=+/~.]|[a-z][A-Z]/.test(value);
}

/** The last word of a name whose value is a secret: `db_password`, `apiKey`, `Authorization`. */
const SECRET_NAME =
  /(?:passw(?:or)?d|passwd|pwd|passphrase|secret|token|authorization|cookie|credentials?|(?:api|access|private|secret|signing|encryption)[\s._-]?key)s?$/i;
/** Words of names and forms of secrets, in small letters. */
const WORDS =
  /passw|pwd|passphr|secret|token|authoriz|cookie|credent|bearer|basic|gh[oprsu]_|github_pat|glpat-|npm_|mst_|xox|xapp|akia|asia|_live_|_test_|aiza|eyj/;
const KEY_BEFORE = /(?:api|access|private|signing|encryption)[\s._-]?$/;
const LONGEST_KEY_BEFORE = 11;
const PASSWORD_IN_ADDRESS = /:\/\/[^\s/:@"]{0,200}:[^\s/@"]{1,200}@/;
/** What needs no escape in JSON, and so is escaped to hide: letters, digits, `-`, `.`, `:`, `=`. */
const ODD_ESCAPE = /\\u00(?:2[de]|3[0-9ad]|[4-7])/;

function secretKind(name: string): "password" | "other" | null {
  if (!SECRET_NAME.test(name)) return null;
  return /pass|pwd/i.test(name) ? "password" : "other";
}

/**
 * Whether a text may hold something that `maskSecrets` would mask; JSON need not be parsed for that. Each delivery is looked
 * through with it, so it asks for little of a text that holds nothing.
 */
export function mayHoldSecrets(text: string): boolean {
  const small = text.toLowerCase();
  return (
    WORDS.test(small) ||
    namesKey(small) ||
    (small.includes("@") && PASSWORD_IN_ADDRESS.test(small)) ||
    (small.includes("\\u00") && ODD_ESCAPE.test(small))
  );
}

/** "api_key", and neither "groupKey" nor "monkey". */
function namesKey(small: string): boolean {
  for (let at = small.indexOf("key"); at >= 0; at = small.indexOf("key", at + 1))
    if (KEY_BEFORE.test(small.slice(Math.max(0, at - LONGEST_KEY_BEFORE), at))) return true;
  return false;
}

/** Masks what is secret by its form, and leaves the rest of a text as it is. */
export function maskSecretText(text: string): string {
  return mayHoldSecrets(text) ? maskKnownForms(text, () => MASK) : text;
}

/**
 * The same value with its secrets masked: each text by `clean`, and what stands under the name of a secret as a whole.
 * The one function for all that comes from outside and is kept: alerts, what people write, what steps find.
 */
export function maskSecrets<T>(value: T, clean: (text: string) => string = maskSecretText): T {
  return maskValue(value, clean, null, 0) as T;
}

/** Deeper than any sender nests; what is recursed into to its end does not come back. */
const MAX_DEPTH = 500;
const TOO_DEEP = "nested too deeply to be kept";

function maskValue(
  value: unknown,
  clean: (text: string) => string,
  secret: "password" | "other" | null,
  depth: number,
): unknown {
  if (typeof value === "string") return secret !== null && value !== "" ? MASK : clean(value);
  // Other numbers of such names are counts, by which runbooks decide.
  if (typeof value === "number") return secret === "password" ? MASK : value;
  if (Array.isArray(value))
    return depth > MAX_DEPTH ? TOO_DEEP : value.map((each) => maskValue(each, clean, secret, depth + 1));
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) return TOO_DEEP;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      clean(name),
      maskValue(each, clean, secret ?? secretKind(name), depth + 1),
    ]),
  );
}

/** The same secrets are looked for in every line of a log. */
const made = new WeakMap<readonly string[], readonly string[]>();

/** All forms of all secrets, the longest first: what is left of a longer one would be readable. */
function formsOfAll(secrets: readonly string[]): readonly string[] {
  const known = made.get(secrets);
  if (known !== undefined) return known;
  const forms = [...new Set(secrets.flatMap(linesOf).flatMap(formsOf))].toSorted((a, b) => b.length - a.length);
  made.set(secrets, forms);
  return forms;
}

/** A secret, and each of its lines: a log is kept line by line, and may have its own words before each. */
function linesOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/);
  const plain = secret.replace(TERMINAL, "");
  return lines.length === 1
    ? [secret, plain]
    : [secret, plain, ...lines.map((line) => line.trim()).filter((line) => line.length >= LINE)];
}

/** A value as it is, in base64 at each of its three places in a group, in base64url, in hexadecimal, in a URL, and inside JSON. */
function formsOf(secret: string): readonly string[] {
  const value = secret.toWellFormed();
  if (value.trim().length < SHORTEST) return [];
  const bytes = new TextEncoder().encode(value);
  const base64 = [0, 1, 2].map((place) => innerBase64(bytes, place));
  const json = JSON.stringify(value).slice(1, -1);
  const url = encodeURIComponent(value);
  // As forms and strict encoders have it.
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const strict = url.replace(/[!'()~]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
  return [
    value,
    ...base64,
    ...base64.map((form) => form.replaceAll("+", "-").replaceAll("/", "_")),
    url,
    strict,
    strict.replaceAll("%20", "+"),
    url.replaceAll("%20", "+"),
    ...[url, strict].map((form) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())),
    hex,
    hex.toUpperCase(),
    json,
    JSON.stringify(json).slice(1, -1),
    json.replaceAll("/", "\\/"),
  ].filter((form) => form.length >= SHORTEST);
}

/** What base64 makes of the bytes alone, whatever `place` bytes stand before them and whatever comes after. */
function innerBase64(bytes: Uint8Array, place: number): string {
  const padded = new Uint8Array(place + bytes.length);
  padded.set(bytes, place);
  const text = btoa(Array.from(padded, (byte) => String.fromCodePoint(byte)).join(""));
  const end = Math.floor((padded.length * 8) / 6);
  return text.slice(Math.ceil((place * 8) / 6), end);
}

/** How much of the text's end is the beginning of a form. */
function overlap(text: string, form: string): number {
  for (let length = Math.min(form.length - 1, text.length); length >= PARTIAL; length--)
    if (text.endsWith(form.slice(0, length))) return length;
  return 0;
}

/** Letters of both cases with digits, as evenly spread as chance spreads them. Hashes and ids in hexadecimal are not. */
function looksRandom(word: string): boolean {
  if (!/[a-z]/.test(word) || !/[A-Z]/.test(word) || !/\d/.test(word)) return false;
  const counts = new Map<string, number>();
  for (const letter of word) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  const entropy = [...counts.values()].reduce(
    (sum, count) => sum - (count / word.length) * Math.log2(count / word.length),
    0,
  );
  return entropy >= 4.25;
}

function capped(text: string, limit: number): { readonly text: string; readonly cutBytes: number } {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= limit) return { text, cutBytes: 0 };
  // The mark has its place inside the limit.
  let end = Math.max(0, limit - 40);
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return {
    text: `${new TextDecoder().decode(bytes.subarray(0, end))}\n… [${bytes.length - end} bytes cut]`,
    cutBytes: bytes.length - end,
  };
}
