import { HUMAN_SECTION_NAMES, type HumanSection, type HumanTexts } from "./human-section.ts";
import type { Actor, Instant } from "#domain/values/language.ts";
import { isSamePerson } from "#domain/policy/people.ts";

/** One version of what someone wrote into one section of a postmortem; versions of a section count from 1. */
export type SectionVersion = {
  readonly section: HumanSection;
  readonly version: number;
  readonly text: string;
  readonly author: Actor;
  readonly at: Instant;
};

/** Which version of each section a page shows; a section that is not here was not written yet. */
export type SectionVersions = Partial<Readonly<Record<HumanSection, number>>>;

/** What an editor began with: the versions, and a digest of the actions as the page asked for them when no one had written there. */
export type EditBase = { readonly versions: SectionVersions; readonly asked: string };

/** What was written at once. `number` counts from 1: the versions of the page. */
export type PageRevision = {
  readonly number: number;
  readonly at: Instant;
  readonly author: Actor;
  readonly sections: readonly HumanSection[];
};

/** The newest version of each section. */
export function newestVersions(writings: readonly SectionVersion[]): Partial<Record<HumanSection, SectionVersion>> {
  const found: Partial<Record<HumanSection, SectionVersion>> = {};
  for (const each of writings) if (each.version > (found[each.section]?.version ?? 0)) found[each.section] = each;
  return found;
}

export function sectionVersions(writings: readonly SectionVersion[]): SectionVersions {
  return Object.fromEntries(
    Object.entries(newestVersions(writings)).map(([section, { version }]) => [section, version]),
  );
}

export function newestTexts(writings: readonly SectionVersion[]): HumanTexts {
  return Object.fromEntries(Object.entries(newestVersions(writings)).map(([section, { text }]) => [section, text]));
}

/** The texts of these versions, as far as there are such. */
export function textsAt(writings: readonly SectionVersion[], versions: SectionVersions): HumanTexts {
  return Object.fromEntries(
    writings
      .filter(({ section, version }) => versions[section] === version)
      .map(({ section, text }) => [section, text]),
  );
}

/** The versions of the page, oldest first: what was stored in one go is one. */
export function pageRevisions(writings: readonly SectionVersion[]): readonly PageRevision[] {
  const found: { at: Instant; author: Actor; sections: HumanSection[] }[] = [];
  for (const { at, author, section } of writings.toSorted((a, b) => a.at - b.at || a.version - b.version)) {
    const last = found.at(-1);
    if (last?.at === at && isSamePerson(null, last.author, author) && !last.sections.includes(section))
      last.sections.push(section);
    else found.push({ at, author, sections: [section] });
  }
  return found.map((each, i) => ({ number: i + 1, ...each }));
}

/** What was written by a version of the page; 0: nothing yet. null: there is no such version. */
export function textsAtRevision(writings: readonly SectionVersion[], number: number): HumanTexts | null {
  const all = pageRevisions(writings);
  if (number === 0) return {};
  const upTo = all[number - 1];
  if (upTo === undefined) return null;
  const counts = new Map<HumanSection, number>();
  for (const { sections } of all.slice(0, number))
    for (const section of sections) counts.set(section, (counts.get(section) ?? 0) + 1);
  return textsAt(writings, Object.fromEntries(counts));
}

/** The base as it travels in a header or at the end of a page: "summary.2,impact.1;1a2b3c4d". */
export function formatEditBase({ versions, asked: base }: EditBase): string {
  return `${HUMAN_SECTION_NAMES.flatMap((section) => (versions[section] === undefined ? [] : [`${section}.${versions[section]}`])).join(",")};${base}`;
}

export function parseEditBase(text: string): EditBase | null {
  const found = /^(?:W\/)?"?([a-z_.\d,]*);([\da-f]{8})"?$/.exec(text.trim());
  if (found === null) return null;
  const entries = found[1] === "" ? [] : found[1]!.split(",").map((each) => each.split("."));
  if (
    entries.some(
      ([name, version]) =>
        !HUMAN_SECTION_NAMES.some((known) => known === name) || !/^[1-9]\d{0,8}$/.test(version ?? ""),
    )
  )
    return null;
  return { versions: Object.fromEntries(entries.map(([name, version]) => [name, Number(version)])), asked: found[2]! };
}

/** The page with its base in a comment at the end, so that a file records what it was made from. */
export function stampBase(page: string, base: EditBase): string {
  return `${page}\n<!-- muster:base ${formatEditBase(base)} -->\n`;
}

/** The base in a page, or null when no one stamped it. */
export function findBase(page: string): EditBase | null {
  const found = [...page.matchAll(/^<!-- muster:base (\S+) -->\s*$/gm)].at(-1);
  return found === undefined ? null : parseEditBase(found[1]!);
}

/** Distinguishes texts, line ends aside; not for secrets (FNV-1a). */
export function digestWriting(text: string): string {
  let hash = 0x811c9dc5;
  for (const char of text.replaceAll("\r\n", "\n")) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
