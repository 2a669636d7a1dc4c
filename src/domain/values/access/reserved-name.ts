/** What Muster acts under by itself. The key of its actor is the same in small letters. */
const OWN_NAME = "muster";

/** Letters of other alphabets, and digits, that are read as those of our name. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  ...{ м: "m", μ: "m", ϻ: "m", υ: "u", ս: "u", ц: "u", ѕ: "s", ꜱ: "s", $: "s", "5": "s" },
  ...{
    т: "t",
    τ: "t",
    ꓔ: "t",
    "7": "t",
    е: "e",
    ε: "e",
    ҽ: "e",
    "3": "e",
    г: "r",
    ʀ: "r",
    ᴍ: "m",
    ᴜ: "u",
    ᴛ: "t",
    ᴇ: "e",
  },
};

/** What follows a name without making it another's. */
const SUFFIXES = /^(?:bot|app)?$/;

/** What someone is shown as: with their id, where they call themselves as Muster does. */
export function distinctName({ id, name }: { readonly id: string; readonly name: string }): string {
  return isReservedName(name) ? `${name} (${id})` : name;
}

/**
 * Whether a name reads as Muster's own: as it is, in other letters, with marks, blanks or signs in it, or as "Muster bot".
 * Under it no one else acts, or what a person did would look as if Muster had. "Max Muster" is a person.
 */
export function isReservedName(name: string): boolean {
  const letters = Array.from(name.normalize("NFKD").toLowerCase(), (letter) => LOOKALIKES[letter] ?? letter).join("");
  const read = letters.replace(/[^\p{L}\p{N}]/gu, "");
  return read.startsWith(OWN_NAME) && SUFFIXES.test(read.slice(OWN_NAME.length));
}
