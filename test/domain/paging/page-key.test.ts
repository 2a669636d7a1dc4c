import fc from "fast-check";
import { expect, test } from "vitest";
import {
  composeAlarmKey,
  isAlarmOf,
  nextPageKey,
  pageOfAlarm,
  parseAlarmKey,
  parsePageKey,
} from "#domain/paging/page-key.ts";
import { PRIORITIES } from "#domain/values/language.ts";
import { aPage } from "#test/support/builders/incidents.ts";

const incidents = fc.record({
  number: fc.integer({ min: 1, max: 999_999_999 }),
  episode: fc.integer({ min: 1, max: 10_000 }),
  priority: fc.constantFrom(...PRIORITIES),
  pages: fc.array(fc.constant(aPage()), { maxLength: 30 }),
});

/** As the engine makes them; none in what an earlier version stored. */
const salts = fc.stringMatching(/^[0-9a-f]{0,10}$/);

test("no two salts make one key of a page, however often its number and count come again", () => {
  fc.assert(
    fc.property(incidents, salts, salts, (incident, salt, other) => {
      fc.pre(salt !== other);
      expect(nextPageKey(incident, { salt })).not.toBe(nextPageKey(incident, { salt: other }));
    }),
  );
});

test("an alarm is of the incident with its uid, and not of another of its number", () => {
  fc.assert(
    fc.property(incidents, fc.uuid(), fc.uuid(), (incident, uid, other) => {
      fc.pre(uid !== other);
      const alarm = composeAlarmKey(nextPageKey(incident, {}), uid);
      expect([isAlarmOf({ uid }, alarm), isAlarmOf({ uid: other }, alarm), isAlarmOf({}, alarm)]).toEqual([
        true,
        false,
        true,
      ]);
    }),
  );
});

test("the keys that are stored, and that pagers have, keep their form", () => {
  const key = nextPageKey({ number: 12, episode: 2, priority: "P1", pages: [aPage(), aPage(), aPage()] }, {});
  expect(key).toBe("INC-12:2:P1:3");
  expect(composeAlarmKey(key, "5f0c7c1e-1b1c-4a65-9d4c-6f4b0d0c8a11")).toBe(
    "muster:INC-12:2:P1:3:5f0c7c1e-1b1c-4a65-9d4c-6f4b0d0c8a11",
  );
});

test("a page's key contains its incident and episode", () => {
  fc.assert(
    fc.property(incidents, salts, (incident, salt) => {
      expect(parsePageKey(nextPageKey(incident, { salt }))).toEqual({
        incident: incident.number,
        episode: incident.episode,
      });
    }),
  );
});

test("an alarm's key names the page it was started for, and no other of a key that begins alike", () => {
  fc.assert(
    fc.property(incidents, fc.uuid(), salts, (incident, uid, salt) => {
      const key = nextPageKey(incident, { salt });
      const [own, longer] = [aPage({ key }), aPage({ key: `${key}0` })];
      expect(parseAlarmKey(composeAlarmKey(key, uid))).toBe(key);
      expect(pageOfAlarm([longer, own], composeAlarmKey(key, uid))).toBe(own);
      expect(pageOfAlarm([longer], composeAlarmKey(key, uid))).toBeUndefined();
    }),
  );
});

test.each(["", "muster", "muster:", "muster:INC-1", "other:INC-1:1:P1:0:uid", "INC-1:1:P1:0"])(
  "%j is no alarm of ours",
  (alarm) => {
    expect(parseAlarmKey(alarm)).toBeNull();
    expect(pageOfAlarm([aPage({ key: "INC-1:1:P1:0" })], alarm)).toBeUndefined();
  },
);

test.each(["", "k", "INC-1", "INC-1:2", "INC-x:1:P1:0", "INC-1:x:P1:0", "RUN-1:1:P1:0"])(
  "%j is no key of a page",
  (key) => expect(parsePageKey(key)).toBeNull(),
);
