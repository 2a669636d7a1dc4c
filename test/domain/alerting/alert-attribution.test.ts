import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  answersFor,
  createAnswerLookup,
  learnExternalUrl,
  withClusters,
  type PolledSource,
} from "#domain/alerting/alert-attribution.ts";
import { believeTime } from "#domain/alerting/intake/reported-times.ts";
import { judgeAnswer } from "#domain/alerting/source-answer.ts";
import { anAlert } from "#test/support/builders/alert-builders.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";

type Listed = Readonly<Record<string, number>>;

const answerOf = (listed: Listed = {}, peers: readonly string[] = [], upSince = NOW - HOUR) => ({
  upSince,
  firing: new Map(Object.entries(listed).map(([name, startsAt]) => [name, { startsAt, suppressed: false }])),
  ...(peers.length === 0 ? {} : { peers }),
});
const polled = (url: string, answer: PolledSource["answer"], overrides: Partial<PolledSource> = {}): PolledSource => ({
  url,
  cluster: url,
  externalUrls: [url],
  answer,
  ...overrides,
});
const alertFrom = (...externalUrls: string[]) => anAlert({ fingerprint: "f", externalUrls });
const [A, B] = ["http://am-a:9093", "http://am-b:9093"] as const;

describe("an Alertmanager answers for an external URL", () => {
  test.each([
    ["http://am-a:9093", true],
    ["http://AM-A:9093/", true],
    ["http://am-a:9093/alertmanager", false],
    ["http://am-a:9094", false],
    ["no URL", false],
  ])("%s: %s", (externalUrl, expected) => {
    expect(answersFor({ externalUrls: [A] }, externalUrl)).toBe(expected);
  });
});

describe("the answer about an alert", () => {
  test.each<[string, readonly PolledSource[], readonly string[], boolean | null]>([
    ["is what the Alertmanager says that delivered it", [polled(A, answerOf({ f: NOW }))], [A], true],
    ["is nothing when only another one is asked", [polled(A, answerOf())], [B], null],
    ["is nothing when it names no sender", [polled(A, answerOf())], [], null],
    ["is nothing when one of two that delivered it is not asked", [polled(A, answerOf())], [A, B], null],
    ["is nothing while the one that delivered it is away", [polled(A, null), polled(B, answerOf())], [A], null],
    ["is absence when both that delivered it say so", [polled(A, answerOf()), polled(B, answerOf())], [A, B], false],
    ["is presence when one of them says so", [polled(A, answerOf()), polled(B, answerOf({ f: NOW }))], [A, B], true],
    ["is not what another cluster lists", [polled(A, answerOf()), polled(B, answerOf({ f: NOW }))], [A], false],
    [
      "is what a peer says while the one that delivered it is away",
      [polled(A, null, { cluster: "c" }), polled(B, answerOf(), { cluster: "c" })],
      [A],
      false,
    ],
    [
      "is presence when a peer of the one that delivered it lists it",
      [polled(A, answerOf(), { cluster: "c" }), polled(B, answerOf({ f: NOW }), { cluster: "c" })],
      [A],
      true,
    ],
  ])("%s", (_, sources, externalUrls, listed) => {
    const answer = createAnswerLookup(sources)(alertFrom(...externalUrls));
    expect(answer === null ? null : answer.firing.has("f")).toBe(listed);
  });

  test("is believed as long as the peer that has been up longest, and each cluster, may give it", () => {
    const fresh = answerOf({}, [], NOW);
    const old = answerOf({}, [], NOW - HOUR);
    const peers = [polled(A, fresh, { cluster: "c" }), polled(B, old, { cluster: "c" })];
    expect(createAnswerLookup(peers)(alertFrom(A))?.upSince).toBe(NOW - HOUR);
    expect(createAnswerLookup([polled(A, fresh), polled(B, old)])(alertFrom(A, B))?.upSince).toBe(NOW);
  });
});

describe("who delivers from an unknown external URL", () => {
  const seen = { fingerprint: "f", startsAt: NOW, reportedStartsAt: null, firstStartsAt: NOW - MINUTE };

  test.each<[string, readonly PolledSource[], readonly string[]]>([
    ["is who lists an alert from there with its start", [polled(A, answerOf({ f: NOW })), polled(B, answerOf())], [A]],
    ["is who lists it with its first start", [polled(A, answerOf({ f: NOW - MINUTE }))], [A]],
    ["is not who lists the same labels with another start", [polled(A, answerOf({ f: NOW - 1 }))], []],
    ["stays unknown when two clusters list it", [A, B].map((url) => polled(url, answerOf({ f: NOW }))), []],
    ["is every peer that lists it", [A, B].map((url) => polled(url, answerOf({ f: NOW }), { cluster: "c" })), [A, B]],
  ])("%s", (_, sources, expected) => {
    const learned = learnExternalUrl(sources, "https://alerts.example.com", [seen]);
    expect(learned.filter((each) => answersFor(each, "https://alerts.example.com")).map(({ url }) => url)).toEqual(
      expected,
    );
  });

  test("is who lists an alert with the start that it reported, whatever of it is believed here", () => {
    const reported = fc.oneof(fc.integer({ min: -HOUR, max: HOUR }), fc.constant(-40 * 24 * HOUR));
    fc.assert(
      fc.property(reported, (fromNow) => {
        const { at, reported: listedStart } = believeTime(NOW + fromNow, NOW);
        const alert = { fingerprint: "f", startsAt: at, reportedStartsAt: listedStart, firstStartsAt: at };
        const sources = [polled(A, answerOf({ f: NOW + fromNow })), polled(B, answerOf({ f: NOW + fromNow + 1 }))];
        const learned = learnExternalUrl(sources, "https://alerts.example.com", [alert]);
        expect(learned.map((each) => answersFor(each, "https://alerts.example.com"))).toEqual([true, false]);
      }),
    );
  });
});

describe("peers", () => {
  const clusters = (sources: readonly PolledSource[]) => withClusters(sources).map(({ cluster }) => cluster);

  test("are one cluster when they name each other, and apart when they do not", () => {
    expect(clusters([polled(A, answerOf({}, ["1", "2"])), polled(B, answerOf({}, ["2", "1"]))])).toEqual([A, A]);
    expect(clusters([polled(A, answerOf({}, ["1"])), polled(B, answerOf({}, ["2"]))])).toEqual([A, B]);
    expect(clusters([polled(A, answerOf()), polled(B, answerOf())])).toEqual([A, B]);
  });

  test("stay one while one of them is unreachable, and come apart when both answer as two", () => {
    const away = [polled(A, null, { cluster: A }), polled(B, answerOf({}, ["2"]), { cluster: A })];
    expect(clusters(away)).toEqual([A, A]);
    const apart = [polled(A, answerOf({}, ["1"]), { cluster: A }), polled(B, answerOf({}, ["2"]), { cluster: A })];
    expect(clusters(apart)).toEqual([A, B]);
  });
});

test("no alert is judged gone while an Alertmanager that delivered it lists it or cannot be asked, whatever others answer", () => {
  const urls = ["http://1", "http://2", "http://3", "http://4"];
  const source = fc.record({ away: fc.boolean(), lists: fc.boolean(), age: fc.integer({ min: 0, max: 20 }) });
  fc.assert(
    fc.property(fc.tuple(source, source, source), fc.uniqueArray(fc.constantFrom(...urls)), (drawn, externalUrls) => {
      const sources = drawn.map(({ away, lists, age }, i) =>
        polled(urls[i]!, away ? null : answerOf(lists ? { f: NOW } : {}, [], NOW - age * MINUTE)),
      );
      const alert = { ...alertFrom(...externalUrls), missingSince: NOW - HOUR };
      const answer = createAnswerLookup(sources)(alert);
      const judged = answer === null ? "unknown" : judgeAnswer(alert, answer, NOW);
      const delivering = externalUrls.map((url) => drawn[urls.indexOf(url)]);
      const allSayGone =
        delivering.length > 0 &&
        delivering.every((each) => each !== undefined && !each.away && !each.lists && each.age > 5);
      expect(judged === "ended").toBe(allSayGone);
    }),
  );
});
