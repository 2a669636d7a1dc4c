import { expect, test } from "vitest";
import { readEvents } from "#db/events.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import { listRuns, loadJournal } from "#db/runs.ts";
import { stepKeyOf } from "#domain/automation/run.ts";
import { effectDefinition, effectKey, type Effect } from "#domain/effects/effect-registry.ts";
import { evolveIncident } from "#domain/events/evolve.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { IncidentPage, UpgradeSession } from "./upgrade-session.ts";

/**
 * A state without what was added since: episode and recipients of a page, who answered an escalation, what a merge
 * brought, what undo needs of it, the numbers of the last task and of an offer, and its uid.
 */
function asEarlierStored({ pages, escalation, undo, ...state }: Incident): object {
  const { step, next } = escalation;
  const restore = Object.entries(undo?.restore ?? {}).filter(([field]) => !LATER_RESTORED.has(field));
  return {
    ...state,
    uid: undefined,
    teamEscalations: null,
    takenIn: [],
    lastTask: 0,
    handoff: state.handoff === null ? null : { ...state.handoff, seq: undefined },
    escalation: { step, next },
    pages: pages.map((page) => ({
      ...page,
      people: undefined,
      chat: undefined,
      episode: null,
      answeredBy: undefined,
      canceledBy: undefined,
    })),
    undos: [],
    beforeMerge: null,
    guests: [],
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
  "answerCorrectedTo",
]);

/** Sentences that were reworded on purpose since the dump was made: the earlier text and the present one. */
const REWORDED: readonly (readonly [string | RegExp, string])[] = [
  ["unless somebody acknowledges", "unless someone acknowledges"],
  ["Nobody is left to page", "No one is left to page"],
  ["Somebody was heard from: the acknowledgement", "Activity: the acknowledgement"],
  ["Nobody has it any more: ", "Acknowledgement ended: "],
  [/Task (\d+) is done, says (\w+)/g, "$2 finished task $1"],
  [/(\w+) is (Incident Commander|Scribe|Technical Lead|Communications Lead), says (\w+)/g, "$3 made $1 $2"],
  [/: no reason given$/g, ""],
  ["in two sentences for somebody who was not there", "in two sentences for someone who was not there"],
  [/Taken back by (\w+): /g, "$1 undid: "],
  [/Mitigated, says (\w+)/g, "$1 marked it mitigated"],
  [/(INC-\d+) was merged into this one by (\w+)/g, "$2 merged $1 into this incident"],
  [/The update that was promised for (\S+ UTC) is overdue/g, "The update due at $1 is overdue"],
  [
    /Nothing fires any more: resolves at (\S+ UTC) unless something fires before/g,
    "All alerts resolved. Auto-resolves at $1 unless one fires again",
  ],
  ["Firing again: not resolved after all", "Alerts fire again: auto-resolve is canceled"],
  [
    /(\d+ alerts?) not heard of since (\S+ UTC): still firing\? Look at the source; nothing resolves by itself until it speaks again/g,
    "No news of $1 since $2: check the source. Auto-resolve waits until it reports again",
  ],
  ["Nobody has command, still:", "Still no one has command:"],
  ["Nobody has command:", "No one has command:"],
  ["what nobody knows yet", "what is not known yet"],
  [/\bNobody\b/g, "No one"],
  ["or why nobody needs to know", "or why it stays open"],
  ["nobody says what happened from", "nothing is written down from"],
  [/\bnobody\b(?! is there for)/g, "no one"],
  [/\bSomebody\b/g, "Someone"],
  [/\bsomebody\b/g, "someone"],
];

const reworded = (text: string): string =>
  REWORDED.reduce((sentence, [before, now]) => sentence.replaceAll(before, now), text);

/** Evidence of a postmortem leads to the timeline now, and to its source beside that. */
const LINKED_EVIDENCE = /\[(event \d+)\]\(<[^>]*>\)(?:, \[source\]\(<[^>]*>\))?/g;
/** A message of the channel is its author's now, and its files have their addresses: "Alice: … \[graph.png\] | Muster |". */
const MESSAGE_ROW = /(?<=\| )(\w+)(: [^|]*\\\[([\w.]+)\\\]) \| Muster( \|)/g;

/** An entry of the timeline as it is now: a message of the channel is its author's. */
function byAuthor<T extends { readonly type: string; readonly data?: object }>(entry: T): T {
  const { message } = (entry.data ?? {}) as { readonly message?: { readonly author: { readonly name: string } } };
  return entry.type === "message.captured" && message !== undefined ? { ...entry, actor: message.author.name } : entry;
}

/** What a draft computes now, from what the earlier version did. */
function computedNow(computed: object): object {
  const draft = JSON.parse(reworded(JSON.stringify(computed))) as {
    readonly timeline: readonly Parameters<typeof byAuthor>[0][];
  };
  return { ...draft, timeline: draft.timeline.map(byAuthor) };
}

type PostmortemPage = {
  readonly markdown: string;
  readonly human: object;
  readonly review: object;
  readonly versions: readonly object[];
  readonly computed: object;
};

/** An answer with its alerts by fingerprint: the earlier version left open which of those received at one instant is first. */
function alertsByName(answer: unknown): object {
  const { alerts } = answer as { readonly alerts?: readonly { readonly fingerprint: string }[] };
  return alerts === undefined
    ? (answer as object)
    : { ...(answer as object), alerts: alerts.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)) };
}

export function testReadAnswers(session: UpgradeSession): void {
  const { expected, incidents, readAs, readIncident, readJson } = session;

  test("reads every incident, its alerts and its runs as the earlier version did", async () => {
    for (const id of incidents) {
      const before = expected[id] as IncidentPage;
      const { entries } = await readAs<IncidentPage>(`/api/incidents/${id}/timeline?private=true`);
      expect(
        entries.map(({ seq, type }) => `${seq} ${type}`),
        id,
      ).toEqual(before.entries.map(({ seq, type }) => `${seq} ${type}`));
      expect(entries, id).toMatchObject(
        before.entries.map((entry) => ({ ...byAuthor(entry), summary: expect.any(String) as string })),
      );
      expect(await readIncident(`${id}?private=true`), id).toMatchObject(before.incident);
      expect(alertsByName(await readJson(`/api/alerts?incident=${id}&private=true`)), id).toMatchObject(
        alertsByName({ alerts: before.alerts }),
      );
      expect(await readJson(`/api/runs?incident=${id}&private=true`), id).toMatchObject({ runs: before.runs });
    }
  });

  test("reads the lists, who is on call, what is suppressed and the statistics as the earlier version did", async () => {
    for (const path of Object.keys(expected).filter((key) => key.startsWith("/api/")))
      expect(alertsByName(await readJson(path)), path).toMatchObject(alertsByName(expected[path]));
  });

  test("keeps the text of people in postmortems byte for byte, and computes the same from the same events", async () => {
    for (const key of Object.keys(expected).filter((each) => each.endsWith(" postmortem"))) {
      const previous = expected[key] as PostmortemPage;
      const page = await readAs<PostmortemPage>(`/api/incidents/${key.replace(" ", "/")}`);
      expect(page.human, key).toEqual(previous.human);
      expect(page.versions, key).toEqual(previous.versions);
      expect(page.review, key).toMatchObject(JSON.parse(reworded(JSON.stringify(previous.review))) as object);
      expect(page.computed, key).toMatchObject(computedNow(previous.computed));
      const heads = (markdown: string): string[] =>
        markdown.split("\n").filter((line) => /^(?:#+ |<!-- muster:(?:human|end) )/.test(line));
      expect(heads(page.markdown), key).toEqual(heads(previous.markdown).map(reworded));
    }
  });

  test("words the timelines and postmortems the same, except the sentences that were reworded on purpose", async () => {
    for (const id of incidents) {
      const { entries } = await readAs<IncidentPage>(`/api/incidents/${id}/timeline?private=true`);
      expect(
        entries.map(({ summary }) => summary),
        id,
      ).toEqual((expected[id] as IncidentPage).entries.map(({ summary }) => reworded(summary)));
    }
    for (const key of Object.keys(expected).filter((each) => each.endsWith(" postmortem")))
      expect(
        (await readAs<PostmortemPage>(`/api/incidents/${key.replace(" ", "/")}`)).markdown.replace(
          LINKED_EVIDENCE,
          "$1",
        ),
        key,
      ).toBe(
        reworded((expected[key] as PostmortemPage).markdown)
          .replace(LINKED_EVIDENCE, "$1")
          .replace(MESSAGE_ROW, "$1$2 [$3](<https://chat.example.com/files/$3>) | $1$4"),
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
