import { readSectionVersions } from "#db/postmortem-texts.ts";
import type { HumanSection } from "#domain/postmortem/human-section.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Actor, Person } from "#domain/values/language.ts";
import { newestVersions, type SectionVersion } from "#domain/postmortem/section-versions.ts";
import type { Engine } from "#engine/base/engine.ts";
import { findUnstorable } from "./postmortem-editor.ts";
import { saveSectionTexts } from "./section-texts.ts";

/** What came of an edit. A conflict changes nothing: `base` is what the writer began with, `current` what someone wrote since. */
export type SectionEditResult =
  | { readonly kind: "written" }
  | { readonly kind: "unreadable" | "refused"; readonly why: string }
  | { readonly kind: "conflict"; readonly base: SectionVersion | null; readonly current: SectionVersion };

/** What people write into postmortems section by section, with its versions. */
export type SectionEditor = {
  /** The newest version of each section that someone wrote. */
  texts(incident: number): Promise<ReadonlyMap<HumanSection, SectionVersion>>;
  /** All versions of a section, the newest first. */
  versions(incident: number, section: HumanSection): Promise<readonly SectionVersion[]>;
  /** @param base the version that the writer began with; 0: the question */
  write(
    incident: Incident,
    section: HumanSection,
    text: string,
    author: SectionAuthor,
    base: number,
  ): Promise<SectionEditResult>;
};

/** Who writes, and by which way. */
export type SectionAuthor = Person & Pick<Actor, "via">;

/** Checks whether a person may use a verb about an incident: null when they may, else the reason. */
type PermissionCheck = { mayUse(verb: string, person: SectionAuthor, incident: Incident): Promise<string | null> };

export function createSectionEditor(
  engine: Pick<Engine, "connection" | "clock" | "policy" | "wakeLane">,
  permission: PermissionCheck,
): SectionEditor {
  const { db } = engine.connection;
  return {
    texts: async (incident) =>
      new Map(
        Object.entries(newestVersions(await readSectionVersions(db, incident))) as [HumanSection, SectionVersion][],
      ),
    versions: async (incident, section) =>
      (await readSectionVersions(db, incident)).filter((each) => each.section === section).toReversed(),
    async write(incident, section, text, author, base) {
      const reason = await permission.mayUse("postmortem", author, incident);
      if (reason !== null) return { kind: "refused", why: reason };
      const [problem] = findUnstorable({ [section]: text }, text);
      if (problem !== undefined)
        return { kind: "unreadable", why: `Line ${problem.line}: ${problem.what}: ${problem.fix}.` };
      const { conflicts, all } = await saveSectionTexts(engine, {
        incident: incident.number,
        edited: { [section]: text },
        began: base === 0 ? {} : { [section]: base },
        author: { kind: "person", ...author },
      });
      if (conflicts.length === 0) return { kind: "written" };
      const began = all.find((each) => each.section === section && each.version === base) ?? null;
      return { kind: "conflict", base: began, current: newestVersions(all)[section]! };
    },
  };
}
