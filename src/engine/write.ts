import { byNumber } from "#db/incidents.ts";
import type { HumanSection, HumanTexts } from "#domain/human-section.ts";
import type { Actor } from "#domain/language.ts";
import { isPrompt, parse, regenerate, type TextProblem } from "#domain/postmortem-text.ts";
import { baseIn, digest, newest, readBase, stamped, type Base } from "#domain/writing.ts";
import type { Engine } from "./engine.ts";
import { baseOf, postmortemOf } from "./read-postmortem.ts";
import { writeTexts } from "./write-texts.ts";

/** An edited page, as it came back. `base`: what it was made from, when the page does not say so itself. */
export type Edit = { readonly incident: number; readonly markdown: string; readonly base: string | null; readonly author: Actor };

/** A section that two people changed: what it was, what each made of it, and who was first. `base`: null when it was not written yet. */
export type Clash = {
  readonly section: HumanSection;
  readonly base: string | null;
  readonly edited: string | null;
  readonly current: string | null;
  readonly by: string | null;
};

export type Edited =
  | { readonly kind: "unknown" | "baseless" }
  | { readonly kind: "unreadable"; readonly problems: readonly TextProblem[] }
  /** Nothing was stored. `markdown` is the page with both texts in each such section, to be chosen from and sent again. */
  | { readonly kind: "conflict"; readonly conflicts: readonly Clash[]; readonly markdown: string; readonly base: Base }
  | { readonly kind: "written"; readonly sections: readonly HumanSection[]; readonly markdown: string; readonly base: Base };

export type Write = (edit: Edit) => Promise<Edited>;

const MARKERS = { mine: "<<<<<<< yours", between: "=======", theirs: ">>>>>>> stored" } as const;

/** Stores what people changed in the page of a postmortem, all of it or nothing; whatever is computed in it is not looked at. */
export function createWrite(engine: Pick<Engine, "connection" | "clock" | "policy" | "publicUrl" | "nudge">): Write {
  return async ({ incident, markdown, base: given, author }) => {
    const { db } = engine.connection;
    const [stored] = await byNumber(db, [incident]);
    if (stored === undefined) return { kind: "unknown" };
    const parsed = parse(markdown);
    if (!parsed.ok) return { kind: "unreadable", problems: parsed.problems };
    const problems = unstorable(parsed.texts, markdown);
    if (problems.length > 0) return { kind: "unreadable", problems };
    const base = given === null ? baseIn(markdown) : readBase(given);
    if (base === null) return { kind: "baseless" };
    const { texts, conflicts, sections, all } = await writeTexts(engine, {
      incident,
      edited: touched(parsed.texts, base),
      began: base.versions,
      author,
    });
    const page = await postmortemOf(engine, stored);
    const fresh = baseOf(page);
    if (conflicts.length === 0) return { kind: "written", sections, markdown: stamped(page.markdown, fresh), base: fresh };
    const clashes = conflicts.map((each): Clash => ({ ...each, by: newest(all)[each.section]?.author.name ?? null }));
    const both = Object.fromEntries(clashes.map((each) => [each.section, shownBoth(each)]));
    return { kind: "conflict", conflicts: clashes, markdown: stamped(regenerate({ ...texts, ...both }, page.markdown), fresh), base: fresh };
  };
}

/** What somebody may have written: not the questions of the page that nobody has answered yet. */
function touched(texts: HumanTexts, { versions, asked }: Base): HumanTexts {
  const entries = Object.entries(texts) as [HumanSection, string][];
  return Object.fromEntries(
    entries.filter(
      ([section, text]) => versions[section] !== undefined || !(isPrompt(section, text) || (section === "action_items" && digest(text) === asked)),
    ),
  );
}

/** What cannot be stored in texts, by the lines of the page that they stand in. */
export function unstorable(texts: HumanTexts, markdown: string): readonly TextProblem[] {
  if (markdown.includes("\0")) return [{ line: markdown.slice(0, markdown.indexOf("\0")).split("\n").length, what: "a NUL character", fix: "take it out" }];
  const left = Object.values(texts).find((text) => text.includes(MARKERS.mine) && text.includes(MARKERS.theirs));
  if (left === undefined) return [];
  const line = markdown.slice(0, markdown.indexOf(MARKERS.mine)).split("\n").length;
  return [{ line, what: "two texts of a conflict stand here", fix: `choose one, and take out the lines with ${Object.values(MARKERS).join(", ")}` }];
}

function shownBoth({ edited, current, by }: Clash): string {
  return `${MARKERS.mine}\n${edited ?? ""}\n${MARKERS.between}\n${current ?? ""}\n${MARKERS.theirs}, by ${by ?? "nobody"}`;
}
