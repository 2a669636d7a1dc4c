import { expect, test } from "vitest";
import { readEvents } from "#db/events.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import { listRuns, loadJournal } from "#db/runs.ts";
import { stepKeyOf } from "#domain/automation/run.ts";
import { effectDefinition, effectKey, type Effect } from "#domain/effects/effect-registry.ts";
import { evolveIncident } from "#domain/events/evolve.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { IncidentPage, UpgradeSession } from "./upgrade-session.ts";

/** A state without what was added since: episode and recipients of a page, who answered an escalation, what undo says of it, and its uid. */
function asEarlierStored({ pages, escalation, undo, ...state }: Incident): object {
  const { step, next } = escalation;
  const restore = Object.entries(undo?.restore ?? {}).filter(([field]) => !LATER_RESTORED.has(field));
  return {
    ...state,
    uid: undefined,
    teamEscalations: null,
    escalation: { step, next },
    pages: pages.map((page) => ({ ...page, people: undefined, chat: undefined, episode: null })),
    undo: undo === null ? null : { ...undo, answers: null, restore: Object.fromEntries(restore) },
  };
}

/** What the verbs of the earlier version did not restore, or restored less of. */
const LATER_RESTORED: ReadonlySet<string> = new Set([
  "recheck",
  "falseAlarm",
  "reasonOwedBy",
  "escalation",
  "teamEscalations",
]);

/** Sentences that were reworded on purpose since the dump was made: the earlier text and the present one. */
const REWORDED: readonly (readonly [string | RegExp, string])[] = [
  ["unless somebody acknowledges", "unless someone acknowledges"],
  ["Nobody is left to page", "No one is left to page"],
  ["Somebody was heard from: the acknowledgement", "Activity: the acknowledgement"],
  ["Nobody has it any more: ", "Acknowledgement ended: "],
];

const reworded = (text: string): string =>
  REWORDED.reduce((sentence, [before, now]) => sentence.replaceAll(before, now), text);

type PostmortemPage = {
  readonly markdown: string;
  readonly human: object;
  readonly review: object;
  readonly versions: readonly object[];
  readonly computed: object;
};

export function testReadAnswers(session: UpgradeSession): void {
  const { expected, incidents, readAs, readIncident, readJson } = session;

  test("reads every incident, its alerts and its runs as the earlier version did", async () => {
    for (const id of incidents) {
      const before = expected[id] as IncidentPage;
      const { entries } = await readAs<IncidentPage>(`/api/incidents/${id}/timeline`);
      expect(
        entries.map(({ seq, type }) => `${seq} ${type}`),
        id,
      ).toEqual(before.entries.map(({ seq, type }) => `${seq} ${type}`));
      expect(entries, id).toMatchObject(
        before.entries.map((entry) => ({ ...entry, summary: expect.any(String) as string })),
      );
      expect(await readIncident(id), id).toMatchObject(before.incident);
      expect(await readJson(`/api/alerts?incident=${id}`), id).toMatchObject({ alerts: before.alerts });
      expect(await readJson(`/api/runs?incident=${id}`), id).toMatchObject({ runs: before.runs });
    }
  });

  test("reads the lists, who is on call, what is suppressed and the statistics as the earlier version did", async () => {
    for (const path of Object.keys(expected).filter((key) => key.startsWith("/api/")))
      expect(await readJson(path), path).toMatchObject(expected[path] as object);
  });

  test("keeps the text of people in postmortems byte for byte, and computes the same from the same events", async () => {
    for (const key of Object.keys(expected).filter((each) => each.endsWith(" postmortem"))) {
      const previous = expected[key] as PostmortemPage;
      const page = await readAs<PostmortemPage>(`/api/incidents/${key.replace(" ", "/")}`);
      expect(page.human, key).toEqual(previous.human);
      expect(page.versions, key).toEqual(previous.versions);
      expect(page.review, key).toMatchObject(previous.review);
      expect(page.computed, key).toMatchObject(previous.computed);
      const heads = (markdown: string): string[] =>
        markdown.split("\n").filter((line) => /^(?:#+ |<!-- muster:(?:human|end) )/.test(line));
      expect(heads(page.markdown), key).toEqual(heads(previous.markdown).map(reworded));
    }
  });

  test("words the timelines and postmortems the same, except the sentences that were reworded on purpose", async () => {
    for (const id of incidents) {
      const { entries } = await readAs<IncidentPage>(`/api/incidents/${id}/timeline`);
      expect(
        entries.map(({ summary }) => summary),
        id,
      ).toEqual((expected[id] as IncidentPage).entries.map(({ summary }) => reworded(summary)));
    }
    for (const key of Object.keys(expected).filter((each) => each.endsWith(" postmortem")))
      expect((await readAs<PostmortemPage>(`/api/incidents/${key.replace(" ", "/")}`)).markdown, key).toBe(
        reworded((expected[key] as PostmortemPage).markdown),
      );
  });
}

export function testStoredRows(session: UpgradeSession): void {
  const { expected, incidents, numberOf, rows } = session;

  test("keeps every armed timer", async () => {
    expect(
      await rows(
        "select incident, timer, (extract(epoch from due_at) * 1000)::bigint::text as due from timers order by incident, timer",
      ),
    ).toEqual(expected.timers);
  });

  test("folds the stored events to the stored state", async () => {
    for (const id of incidents) {
      const [stored] = await incidentsByNumber(session.app.engine.connection.db, [numberOf(id)]);
      const events = await readEvents(session.app.engine.connection.db, numberOf(id));
      // A worker that runs beside this may have written more since the state was read.
      const known = events.filter(({ seq }) => seq <= stored!.state.lastEvent);
      const folded = known.toSorted((a, b) => a.seq - b.seq).reduce<Incident | null>(evolveIncident, null);
      // What can be taken back goes by the rules of the version that folds; it is forgotten within ten minutes.
      const undo = null;
      expect({ ...asEarlierStored(folded!), undo }, id).toEqual({ ...asEarlierStored(stored!.state), undo });
    }
  });

  test("names stored effects and steps by the keys under which they were stored", async () => {
    const effects = await rows<{ key: string; effect: Effect; incident: number | null }>(
      "select key, effect, incident from effects order by id",
    );
    expect(effects.length).toBeGreaterThan(100);
    expect(effects.map(({ effect, incident }) => effectKey(effect, incident))).toEqual(effects.map(({ key }) => key));
    for (const { effect, key } of effects)
      expect(effectDefinition(effect).stored.safeParse(effect).error, key).toBeUndefined();
    const allRuns = await listRuns(session.app.engine.connection.db, { limit: 200 });
    const journal = await loadJournal(
      session.app.engine.connection.db,
      allRuns.map(({ number }) => number),
    );
    expect(journal.length).toBeGreaterThan(10);
    for (const { run: of, idx, idemKey } of journal)
      expect(
        stepKeyOf(
          allRuns.find(({ number }) => number === of)!,
          idx,
        ),
      ).toBe(idemKey);
  });
}
