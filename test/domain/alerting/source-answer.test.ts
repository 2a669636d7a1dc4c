import { describe, expect, test } from "vitest";
import {
  ABSENCE_CONFIRMED_MS,
  firingAgainSince,
  judgeAnswer,
  SOURCE_WARM_UP_MS,
  type SourceAnswer,
} from "#domain/alerting/source-answer.ts";
import { anAlert } from "#test/support/builders/alert-builders.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";

const sourceAnswer = (fingerprints: readonly string[] = [], upSince = NOW - HOUR): SourceAnswer => ({
  upSince,
  firing: new Map(fingerprints.map((fingerprint) => [fingerprint, { startsAt: NOW - HOUR, suppressed: false }])),
});
const missingAlert = (missingSince: number | null = null) => ({ ...anAlert({ fingerprint: "f" }), missingSince });

describe("an alert known as firing", () => {
  test.each([
    ["listed", "is in the answer", missingAlert(), sourceAnswer(["f"])],
    ["listed", "is in the answer of one that has just come up", missingAlert(), sourceAnswer(["f"], NOW)],
    ["listed", "is in the answer after it was missing for long", missingAlert(NOW - HOUR), sourceAnswer(["f"])],
    ["missing", "is absent for the first time", missingAlert(), sourceAnswer(["g"])],
    [
      "missing",
      "is absent, and was a little too short a time ago",
      missingAlert(NOW - ABSENCE_CONFIRMED_MS + 1),
      sourceAnswer(),
    ],
    ["ended", "is absent, and was long enough ago", missingAlert(NOW - ABSENCE_CONFIRMED_MS), sourceAnswer()],
    [
      "unknown",
      "is absent from one that has not been up for long",
      missingAlert(NOW - HOUR),
      sourceAnswer([], NOW - SOURCE_WARM_UP_MS),
    ],
    [
      "ended",
      "is absent from one that has just been up for long enough",
      missingAlert(NOW - HOUR),
      sourceAnswer([], NOW - SOURCE_WARM_UP_MS - 1),
    ],
    [
      "unknown",
      "is absent from one that says it will come up tomorrow: some clock is wrong",
      missingAlert(NOW - HOUR),
      sourceAnswer([], NOW + 24 * HOUR),
    ],
  ])("is %s when it %s", (result, _, known, reported) => {
    expect(judgeAnswer(known, reported, NOW)).toBe(result);
  });
});

describe("an alert that was ended by asking", () => {
  const known = anAlert({ fingerprint: "f", status: "resolved", startsAt: NOW - HOUR, endsAt: NOW });
  const listed = (startsAt: number, suppressed: boolean): SourceAnswer => ({
    upSince: NOW - HOUR,
    firing: new Map([["f", { startsAt, suppressed }]]),
  });

  test.each([
    ["stays ended when it is not listed", sourceAnswer(), null],
    ["never ended when it is listed with a start before its end", listed(NOW - 30 * MINUTE, false), NOW - HOUR],
    ["never ended, silenced or not", listed(NOW, true), NOW - HOUR],
    ["started anew when it is listed with a later start", listed(NOW + 1, false), NOW + 1],
    ["is nobody's news when it started anew under a silence", listed(NOW + 1, true), null],
  ])("%s", (_, reported, startsAt) => {
    expect(firingAgainSince(known, reported)).toBe(startsAt);
  });
});
