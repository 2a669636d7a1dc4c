import { writeText, writings } from "#db/postmortems.ts";
import type { HumanSection } from "#domain/human-section.ts";
import type { Incident } from "#domain/incident.ts";
import type { Person } from "#domain/language.ts";
import { merge } from "#domain/postmortem-text.ts";
import { newest, type Writing } from "#domain/writing.ts";
import type { Act } from "./act.ts";
import type { Engine } from "./engine.ts";
import type { Submit } from "./submit.ts";

/** What came of an edit. A conflict changes nothing: `base` is what the writer began with, `current` what somebody wrote since. */
export type Written =
  | { readonly kind: "written" }
  | { readonly kind: "refused"; readonly why: string }
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

export function createWriter(
  { connection: { db }, clock, newId }: Pick<Engine, "connection" | "clock" | "newId">,
  act: Pick<Act, "mayUse">,
  submit: Submit,
): Writer {
  const versions = async (incident: number, section: HumanSection): Promise<readonly Writing[]> =>
    (await writings(db, incident)).filter((each) => each.section === section).toReversed();
  return {
    texts: async (incident) => new Map(Object.entries(newest(await writings(db, incident))) as [HumanSection, Writing][]),
    versions,
    async write(incident, section, text, author, base) {
      const why = await act.mayUse("postmortem", author, incident);
      if (why !== null) return { kind: "refused", why };
      const { number } = incident;
      const actor = { kind: "person", ...author } as const;
      const done = await writeText(db, number, section, text, actor, base, clock());
      if (done.kind === "conflict" && done.current !== null) {
        const began = (await versions(number, section)).find(({ version }) => version === base) ?? null;
        // Both may have written the same.
        const { conflicts } = merge({
          base: began === null ? {} : { [section]: began.text },
          edited: { [section]: text },
          current: { [section]: done.current.text },
        });
        return conflicts.length === 0 ? { kind: "written" } : { kind: "conflict", base: began, current: done.current };
      }
      await submit({
        key: `section:${newId()}`,
        urgency: 4,
        weight: 1,
        actor,
        at: clock(),
        replyTo: null,
        evidence: null,
        body: { type: "incident", incident: number, command: { type: "postmortem.written", sections: [section] } },
      });
      return { kind: "written" };
    },
  };
}
