import { HUMAN_NAMES, type HumanSection, type HumanTexts } from "./human-section.ts";
import type { Actor, Instant } from "./language.ts";

/** One version of what somebody wrote into one section of a postmortem; versions of a section count from 1. */
export type Writing = { readonly section: HumanSection; readonly version: number; readonly text: string; readonly author: Actor; readonly at: Instant };

/** Which version of each section a page shows; a section that is not here was not written yet. */
export type Versions = Partial<Readonly<Record<HumanSection, number>>>;

/** What an editor began with: the versions, and a digest of the actions as the page asked for them when nobody had written there. */
export type Base = { readonly versions: Versions; readonly asked: string };

/** What was written at once. `number` counts from 1: the versions of the page. */
export type Revision = { readonly number: number; readonly at: Instant; readonly author: Actor; readonly sections: readonly HumanSection[] };

/** The newest version of each section. */
export function newest(writings: readonly Writing[]): Partial<Record<HumanSection, Writing>> {
  const found: Partial<Record<HumanSection, Writing>> = {};
  for (const each of writings) if (each.version > (found[each.section]?.version ?? 0)) found[each.section] = each;
  return found;
}

export function versionsOf(writings: readonly Writing[]): Versions {
  return Object.fromEntries(Object.entries(newest(writings)).map(([section, { version }]) => [section, version]));
}

export function textsOf(writings: readonly Writing[]): HumanTexts {
  return Object.fromEntries(Object.entries(newest(writings)).map(([section, { text }]) => [section, text]));
}

/** The texts of these versions, as far as there are such. */
export function textsAt(writings: readonly Writing[], versions: Versions): HumanTexts {
  return Object.fromEntries(writings.filter(({ section, version }) => versions[section] === version).map(({ section, text }) => [section, text]));
}

/** The versions of the page, oldest first: what was stored in one go is one. */
export function revisions(writings: readonly Writing[]): readonly Revision[] {
  const found: { at: Instant; author: Actor; sections: HumanSection[] }[] = [];
  for (const { at, author, section } of writings.toSorted((a, b) => a.at - b.at || a.version - b.version)) {
    const last = found.at(-1);
    if (last?.at === at && last.author.id === author.id && !last.sections.includes(section)) last.sections.push(section);
    else found.push({ at, author, sections: [section] });
  }
  return found.map((each, i) => ({ number: i + 1, ...each }));
}

/** What was written by a version of the page; 0: nothing yet. null: there is no such version. */
export function textsBy(writings: readonly Writing[], number: number): HumanTexts | null {
  const all = revisions(writings);
  if (number === 0) return {};
  const upTo = all[number - 1];
  if (upTo === undefined) return null;
  const counts = new Map<HumanSection, number>();
  for (const { sections } of all.slice(0, number)) for (const section of sections) counts.set(section, (counts.get(section) ?? 0) + 1);
  return textsAt(writings, Object.fromEntries(counts));
}

/** The base as it travels in a header or at the end of a page: "summary.2,impact.1;1a2b3c4d". */
export function writeBase({ versions, asked }: Base): string {
  return `${HUMAN_NAMES.flatMap((section) => (versions[section] === undefined ? [] : [`${section}.${versions[section]}`])).join(",")};${asked}`;
}

export function readBase(text: string): Base | null {
  const found = /^(?:W\/)?"?([a-z_.\d,]*);([\da-f]{8})"?$/.exec(text.trim());
  if (found === null) return null;
  const entries = found[1] === "" ? [] : found[1]!.split(",").map((each) => each.split("."));
  if (entries.some(([name, version]) => !HUMAN_NAMES.some((known) => known === name) || !/^[1-9]\d{0,8}$/.test(version ?? ""))) return null;
  return { versions: Object.fromEntries(entries.map(([name, version]) => [name, Number(version)])), asked: found[2]! };
}

/** The page with its base in a comment at the end, so that a file knows what it was made from. */
export function stamped(page: string, base: Base): string {
  return `${page}\n<!-- muster:base ${writeBase(base)} -->\n`;
}

/** The base in a page, or null when nobody stamped it. */
export function baseIn(page: string): Base | null {
  const found = [...page.matchAll(/^<!-- muster:base (\S+) -->\s*$/gm)].at(-1);
  return found === undefined ? null : readBase(found[1]!);
}

/** Tells texts apart, line ends aside; not for secrets (FNV-1a). */
export function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (const char of text.replaceAll("\r\n", "\n")) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
