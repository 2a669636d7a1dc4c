import type { QueryExecutor } from "#db/client.ts";
import { insertCommands } from "#db/commands.ts";
import { insertSectionVersion, readSectionVersions } from "#db/postmortem-texts.ts";
import { createSubmission, type SubmissionBody } from "#domain/commands/submission.ts";
import { HUMAN_SECTION_NAMES, type HumanSection, type HumanTexts } from "#domain/postmortem/human-section.ts";
import { resolveActor } from "#domain/policy/people.ts";
import { maskSecrets } from "#domain/values/redaction.ts";
import type { Actor } from "#domain/values/language.ts";
import { mergeEdits, type EditConflict } from "#domain/postmortem/postmortem-text.ts";
import {
  textsAt,
  newestTexts,
  sectionVersions,
  type SectionVersions,
  type SectionVersion,
} from "#domain/postmortem/section-versions.ts";
import type { Engine } from "#engine/base/engine.ts";

/** Texts of an incident's postmortem as someone changed them, and the versions that they began with. */
export type SectionTextsEdit = {
  readonly incident: number;
  readonly edited: HumanTexts;
  readonly began: SectionVersions;
  /** A person; stored by the one id that the policy has for them. */
  readonly author: Actor;
};

/** What came of it. With a conflict nothing was stored: `texts` is what would have been. `all`: every version before this writing. */
export type SectionTextsResult = {
  readonly texts: HumanTexts;
  readonly conflicts: readonly EditConflict[];
  readonly sections: readonly HumanSection[];
  readonly all: readonly SectionVersion[];
};

/** Someone else wrote between our look and our writing: look again. */
class Overtaken extends Error {}

const TRIES = 5;

/**
 * Stores texts, all of them or none, together with the record that they were written: a crash in between has done
 * neither or both.
 */
export async function saveSectionTexts(
  engine: Pick<Engine, "connection" | "clock" | "policy" | "wakeLane">,
  asked: SectionTextsEdit,
): Promise<SectionTextsResult> {
  const policy = engine.policy();
  const author = resolveActor(policy, asked.author, asked.author.via);
  const change = { ...asked, author, edited: policy.maskSecrets ? maskSecrets(asked.edited) : asked.edited };
  for (let attempt = 1; ; attempt++) {
    const now = engine.clock();
    try {
      const stored = await engine.connection.db.transaction((tx) => store(tx, change, now));
      if (stored.sections.length > 0) engine.wakeLane("apply", { urgency: 4, delayMs: 0 });
      return stored;
    } catch (error) {
      if (!(error instanceof Overtaken) || attempt === TRIES) throw error;
    }
  }
}

async function store(
  tx: QueryExecutor,
  { incident, edited, began, author }: SectionTextsEdit,
  now: number,
): Promise<SectionTextsResult> {
  const all = await readSectionVersions(tx, incident);
  const [previous, versions] = [newestTexts(all), sectionVersions(all)];
  const { texts, conflicts } = mergeEdits({ base: textsAt(all, began), edited, current: previous });
  // In one order for everyone: two who write at once wait for each other, and never each for the other.
  const sections =
    conflicts.length > 0
      ? []
      : HUMAN_SECTION_NAMES.filter((section) => texts[section] !== undefined && texts[section] !== previous[section]);
  for (const section of sections) {
    const outcome = await insertSectionVersion(
      tx,
      incident,
      section,
      texts[section]!,
      author,
      versions[section] ?? 0,
      now,
    );
    if (outcome.kind === "conflict") throw new Overtaken();
  }
  if (sections.length > 0) {
    const body: SubmissionBody = {
      type: "incident",
      incident,
      command: { type: "postmortem.written", sections: [...sections] },
    };
    await insertCommands(tx, [createSubmission({ key: null, urgency: 4, actor: author, at: now, body })], now);
  }
  return { texts, conflicts, sections, all };
}
