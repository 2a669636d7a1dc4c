import { writings } from "#db/postmortems.ts";
import type { HumanSection } from "#domain/human-section.ts";
import type { Incident } from "#domain/incident.ts";
import type { Person } from "#domain/language.ts";
import { newest, type Writing } from "#domain/writing.ts";
import type { Act } from "./act.ts";
import type { Engine } from "./engine.ts";
import { unstorable } from "./write.ts";
import { writeTexts } from "./write-texts.ts";

/** What came of an edit. A conflict changes nothing: `base` is what the writer began with, `current` what somebody wrote since. */
export type Written =
  | { readonly kind: "written" }
  | { readonly kind: "unreadable" | "refused"; readonly why: string }
  | { readonly kind: "conflict"; readonly base: Writing | null; readonly current: Writing };

/** What people write into postmortems section by section, with its versions. */
export type Writer = {
  /** The newest version of each section that somebody wrote. */
  texts(incident: number): Promise<ReadonlyMap<HumanSection, Writing>>;
  /** All versions of a section, the newest first. */
  versions(incident: number, section: HumanSection): Promise<readonly Writing[]>;
  /** @param base the version that the writer began with; 0: the question */
  write(incident: Incident, section: HumanSection, text: string, author: Person, base: number): Promise<Written>;
};

export function createWriter(engine: Pick<Engine, "connection" | "clock" | "nudge">, act: Pick<Act, "mayUse">): Writer {
  const { db } = engine.connection;
  return {
    texts: async (incident) => new Map(Object.entries(newest(await writings(db, incident))) as [HumanSection, Writing][]),
    versions: async (incident, section) => (await writings(db, incident)).filter((each) => each.section === section).toReversed(),
    async write(incident, section, text, author, base) {
      const why = await act.mayUse("postmortem", author, incident);
      if (why !== null) return { kind: "refused", why };
      const [problem] = unstorable({ [section]: text }, text);
      if (problem !== undefined) return { kind: "unreadable", why: `Line ${problem.line}: ${problem.what}: ${problem.fix}.` };
      const { conflicts, all } = await writeTexts(engine, {
        incident: incident.number,
        edited: { [section]: text },
        began: base === 0 ? {} : { [section]: base },
        author: { kind: "person", ...author },
      });
      if (conflicts.length === 0) return { kind: "written" };
      const began = all.find((each) => each.section === section && each.version === base) ?? null;
      return { kind: "conflict", base: began, current: newest(all)[section]! };
    },
  };
}
