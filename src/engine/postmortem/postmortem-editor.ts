import { incidentsByNumber } from "#db/incidents.ts";
import type { HumanSection, HumanTexts } from "#domain/postmortem/human-section.ts";
import type { Actor } from "#domain/values/language.ts";
import {
  isPrompt,
  parsePostmortem,
  regeneratePostmortem,
  type TextProblem,
} from "#domain/postmortem/postmortem-text.ts";
import {
  findBase,
  digestWriting,
  newestVersions,
  parseEditBase,
  stampBase,
  type EditBase,
} from "#domain/postmortem/section-versions.ts";
import type { Engine } from "#engine/base/engine.ts";
import { deriveEditBase, readPostmortem } from "./postmortem-reader.ts";
import { saveSectionTexts } from "./section-texts.ts";

/** An edited page. `base`: its base, when the page has none itself. */
export type PostmortemEdit = {
  readonly incident: number;
  readonly markdown: string;
  readonly base: string | null;
  readonly author: Actor;
};

/** A section that two people changed: what it was, what each made of it, and who was first. `base`: null when it was not written yet. */
export type SectionConflict = {
  readonly section: HumanSection;
  readonly base: string | null;
  readonly edited: string | null;
  readonly current: string | null;
  readonly by: string | null;
};

export type PostmortemEditResult =
  | { readonly kind: "unknown" | "baseless" }
  | { readonly kind: "unreadable"; readonly problems: readonly TextProblem[] }
  /** Nothing was stored. `markdown` is the page with both texts in each such section, to be chosen from and sent again. */
  | {
      readonly kind: "conflict";
      readonly conflicts: readonly SectionConflict[];
      readonly markdown: string;
      readonly base: EditBase;
    }
  | {
      readonly kind: "written";
      readonly sections: readonly HumanSection[];
      readonly markdown: string;
      readonly base: EditBase;
    };

export type EditPostmortem = (edit: PostmortemEdit) => Promise<PostmortemEditResult>;

const MARKERS = { mine: "<<<<<<< yours", between: "=======", theirs: ">>>>>>> stored" } as const;

/** Stores the changed texts of a postmortem's page, all or nothing; its computed parts are ignored. */
export function createPostmortemEditor(
  engine: Pick<Engine, "chat" | "connection" | "clock" | "policy" | "publicUrl" | "wakeLane">,
): EditPostmortem {
  return async ({ incident, markdown, base: given, author }) => {
    const { db } = engine.connection;
    const [stored] = await incidentsByNumber(db, [incident]);
    if (stored === undefined) return { kind: "unknown" };
    const parsed = parsePostmortem(markdown);
    if (!parsed.ok) return { kind: "unreadable", problems: parsed.problems };
    const problems = findUnstorable(parsed.texts, markdown);
    if (problems.length > 0) return { kind: "unreadable", problems };
    const base = given === null ? findBase(markdown) : parseEditBase(given);
    if (base === null) return { kind: "baseless" };
    const { texts, conflicts, sections, all } = await saveSectionTexts(engine, {
      incident,
      edited: touched(parsed.texts, base),
      began: base.versions,
      author,
    });
    const page = await readPostmortem(engine, stored);
    const fresh = deriveEditBase(page);
    if (conflicts.length === 0)
      return { kind: "written", sections, markdown: stampBase(page.markdown, fresh), base: fresh };
    const clashes = conflicts.map((each): SectionConflict => ({
      ...each,
      by: newestVersions(all)[each.section]?.author.name ?? null,
    }));
    const both = Object.fromEntries(clashes.map((each) => [each.section, shownBoth(each)]));
    return {
      kind: "conflict",
      conflicts: clashes,
      markdown: stampBase(regeneratePostmortem({ ...texts, ...both }, page.markdown), fresh),
      base: fresh,
    };
  };
}

/** What someone may have written: not the questions of the page that no one has answered yet. */
function touched(texts: HumanTexts, { versions, asked: base }: EditBase): HumanTexts {
  const entries = Object.entries(texts) as [HumanSection, string][];
  return Object.fromEntries(
    entries.filter(
      ([section, text]) =>
        versions[section] !== undefined ||
        !(isPrompt(section, text) || (section === "action_items" && digestWriting(text) === base)),
    ),
  );
}

/** What cannot be stored in texts, by the lines of the page that they stand in. */
export function findUnstorable(texts: HumanTexts, markdown: string): readonly TextProblem[] {
  if (markdown.includes("\0"))
    return [
      {
        line: markdown.slice(0, markdown.indexOf("\0")).split("\n").length,
        what: "a NUL character",
        fix: "take it out",
      },
    ];
  const left = Object.values(texts).find((text) => text.includes(MARKERS.mine) && text.includes(MARKERS.theirs));
  if (left === undefined) return [];
  const line = markdown.slice(0, markdown.indexOf(MARKERS.mine)).split("\n").length;
  return [
    {
      line,
      what: "two texts of a conflict stand here",
      fix: `choose one, and take out the lines with ${Object.values(MARKERS).join(", ")}`,
    },
  ];
}

function shownBoth({ edited, current, by }: SectionConflict): string {
  return `${MARKERS.mine}\n${edited ?? ""}\n${MARKERS.between}\n${current ?? ""}\n${MARKERS.theirs}, by ${by ?? "no one"}`;
}
