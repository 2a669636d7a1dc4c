import { newestVersions, textVersions, writeText, type TextVersion } from "#db/postmortems.ts";
import type { HumanSection } from "#domain/human-section.ts";
import type { Incident } from "#domain/incident.ts";
import type { Person } from "#domain/language.ts";
import { merge } from "#domain/postmortem-text.ts";
import type { Act } from "./act.ts";
import type { Engine } from "./engine.ts";

export type { TextVersion };

/** What came of an edit. A conflict changes nothing: `base` is what the writer began with, `current` what somebody wrote since. */
export type Written =
  | { readonly kind: "written" }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "conflict"; readonly base: TextVersion | null; readonly current: TextVersion };

/** What people write into postmortems, with its versions. */
export type Writer = {
  /** The newest version of each section that somebody wrote. */
  texts(incident: number): Promise<ReadonlyMap<HumanSection, TextVersion>>;
  /** All versions of a section, the newest first. */
  versions(incident: number, section: HumanSection): Promise<readonly TextVersion[]>;
  /** @param base the version that the writer began with; 0: the question */
  write(incident: Incident, section: HumanSection, text: string, author: Person, base: number): Promise<Written>;
};

export function createWriter({ connection: { db }, clock }: Pick<Engine, "connection" | "clock">, act: Pick<Act, "mayUse">): Writer {
  return {
    texts: (incident) => newestVersions(db, incident),
    versions: (incident, section) => textVersions(db, incident, section),
    async write(incident, section, text, author, base) {
      const why = await act.mayUse("postmortem", author, incident);
      if (why !== null) return { kind: "refused", why };
      const { number } = incident;
      const done = await writeText(db, { incident: number, section, text, author: { kind: "person", ...author }, at: clock(), base });
      if (done === "written") return { kind: "written" };
      const versions = await textVersions(db, number, section);
      const current = versions[0]!;
      const began = versions.find(({ version }) => version === base) ?? null;
      // Both may have written the same.
      const { conflicts } = merge({ base: began === null ? {} : { [section]: began.text }, edited: { [section]: text }, current: { [section]: current.text } });
      return conflicts.length === 0 ? { kind: "written" } : { kind: "conflict", base: began, current };
    },
  };
}
