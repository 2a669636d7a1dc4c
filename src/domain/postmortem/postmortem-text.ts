import { HUMAN_SECTION_NAMES, HUMAN_SECTIONS, type HumanSection, type HumanTexts } from "./human-section.ts";

/**
 * A postmortem as one Markdown text from which computed and human parts can be separated again: each human cell stands
 * between two comments that no reader of the rendered page sees. What is between them belongs to people, byte for byte.
 */
export type PostmortemPart =
  | { readonly kind: "computed"; readonly text: string }
  | { readonly kind: "human"; readonly section: HumanSection; readonly text: string };

/** Why a text cannot be taken apart, by line (from 1), and what to do about it. */
export type TextProblem = { readonly line: number; readonly what: string; readonly fix: string };

export type ParsedPostmortem =
  | {
      readonly ok: true;
      readonly parts: readonly PostmortemPart[];
      readonly texts: HumanTexts;
      readonly missing: readonly HumanSection[];
    }
  | { readonly ok: false; readonly problems: readonly TextProblem[] };

/** The cell of a section with its comments. The end carries a number when the text itself holds an end without one. */
export function humanCell(section: HumanSection, text: string): string {
  const name = nameOf(section);
  let tag = "";
  for (let n = 2; text.includes(endOf(name, tag)); n++) tag = ` ${n}`;
  return `<!-- muster:human ${name}${tag} -->\n${text}\n${endOf(name, tag)}`;
}

/** Takes a text apart. Whatever stands in a cell is left alone, also what looks like a comment of ours. */
export function parsePostmortem(markdown: string): ParsedPostmortem {
  const parts: PostmortemPart[] = [];
  const texts: Partial<Record<HumanSection, string>> = {};
  const problems: TextProblem[] = [];
  const problem = (at: number, what: string, fix: string): void =>
    void problems.push({ line: lineAt(markdown, at), what, fix });
  let from = 0;
  for (;;) {
    OPEN.lastIndex = from;
    const found = OPEN.exec(markdown);
    const between = markdown.slice(from, found?.index ?? markdown.length);
    const stray = STRAY.exec(between);
    if (stray !== null)
      problem(
        from + stray.index,
        `\`${stray[0]}\` ends nothing`,
        "take the line out, or write it otherwise when it is a part of your text",
      );
    parts.push({ kind: "computed", text: between });
    if (found === null) break;
    const [whole, name = "", tag = "", newline = ""] = found;
    const section = sectionCalled(name);
    const begin = found.index + whole.length;
    const end = markdown.indexOf(endOf(name, tag), begin);
    if (section === null)
      problem(
        found.index,
        `there is no section "${name}"`,
        `take the line out; the sections are ${HUMAN_SECTION_NAMES.map(nameOf).join(", ")}`,
      );
    else if (Object.hasOwn(texts, section))
      problem(found.index, `the section "${name}" is there twice`, "put both texts into one and take the other out");
    else if (end >= 0) {
      texts[section] = bare(markdown.slice(begin, end), newline);
      parts.push({ kind: "human", section, text: texts[section] });
    }
    if (end < 0) {
      problem(
        found.index,
        `the section "${name}" has no end`,
        `put \`${endOf(name, tag)}\` on a line of its own after its text`,
      );
      break;
    }
    from = end + endOf(name, tag).length;
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, parts, texts, missing: HUMAN_SECTION_NAMES.filter((section) => !Object.hasOwn(texts, section)) };
}

/** The fresh page with the human cells of another: everything computed is new, every word of people is as it was. */
export function regeneratePostmortem(texts: HumanTexts, fresh: string): string {
  const parsed = parsePostmortem(fresh);
  if (!parsed.ok) throw new Error(`bug: a page that was just made cannot be read: ${parsed.problems[0]!.what}`);
  const page = parsed.parts
    .map((part) => (part.kind === "computed" ? part.text : humanCell(part.section, texts[part.section] ?? part.text)))
    .join("");
  // A section that the new page no longer has (the gaps, when a note closed them) moves to the end and is kept.
  const left = parsed.missing.filter((section) => texts[section] !== undefined && !isPrompt(section, texts[section]));
  return left.length === 0
    ? page
    : `${page}\n${left.map((section) => `${humanCell(section, texts[section]!)}\n`).join("\n")}`;
}

/** No one has written here yet: it is still the question. Also with another name in it, because owners change. */
export function isPrompt(section: HumanSection, text: string): boolean {
  const found = /^TODO\([^\n]*?\): ([\s\S]*)$/.exec(unified(text));
  return found !== null && found[1] === HUMAN_SECTIONS[section];
}

/** A cell that was changed on both sides since `base`; nothing is overwritten, people choose. null: it was not written there. */
export type EditConflict = {
  readonly section: HumanSection;
  readonly base: string | null;
  readonly edited: string | null;
  readonly current: string | null;
};

/**
 * What is stored after an edit: `base` is what the editor began with, `edited` what came of it, `current` what is stored
 * now. Where only one side changed, its text is taken; where both made the same of it, that; else it is a conflict and
 * stays as it is stored. A cell that is not in `edited` was left alone. Line ends that an editor exchanged are no change.
 */
export function mergeEdits(sides: {
  readonly base: HumanTexts;
  readonly edited: HumanTexts;
  readonly current: HumanTexts;
}): {
  readonly texts: HumanTexts;
  readonly conflicts: readonly EditConflict[];
} {
  const texts: Partial<Record<HumanSection, string>> = { ...sides.current };
  const conflicts: EditConflict[] = [];
  for (const section of HUMAN_SECTION_NAMES) {
    const [base, current] = [sides.base[section] ?? null, sides.current[section] ?? null];
    const edited = sides.edited[section] ?? base;
    if (same(edited, base) || same(edited, current)) continue;
    if (same(current, base)) texts[section] = edited!;
    else conflicts.push({ section, base, edited, current });
  }
  return { texts, conflicts };
}

const OPEN = /^<!-- muster:human ([a-z-]{1,40})( \d{1,9})? -->[ \t]*(\r?\n)/gm;
const STRAY = /<!-- muster:(?:human|end) [^\n>]*-->/;

function nameOf(section: HumanSection): string {
  return section.replaceAll("_", "-");
}

function sectionCalled(name: string): HumanSection | null {
  return HUMAN_SECTION_NAMES.find((section) => nameOf(section) === name) ?? null;
}

function endOf(name: string, tag: string): string {
  return `<!-- muster:end ${name}${tag} -->`;
}

/** Without the line end before the closing comment, which is ours: the one that the opening comment has. */
function bare(text: string, newline: string): string {
  const ends = text.endsWith(newline) ? newline.length : text.endsWith("\n") ? 1 : 0;
  return ends === 0 ? text : text.slice(0, -ends);
}

function unified(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

function same(a: string | null, b: string | null): boolean {
  return a === null || b === null ? a === b : unified(a) === unified(b);
}

function lineAt(text: string, at: number): number {
  return text.slice(0, at).split("\n").length;
}
