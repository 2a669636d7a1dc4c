import { describe, expect, test } from "vitest";
import { compileMatcher, compileMatchers } from "#domain/values/matcher.ts";
import type { AlertLabels } from "#domain/values/alert-labels.ts";
import { cpuStopwatch } from "#test/support/harness/test-clock.ts";

describe("a matcher", () => {
  test.each<{ text: string; fits: AlertLabels[]; not: AlertLabels[] }>([
    { text: 'service="checkout"', fits: [{ service: "checkout" }], not: [{ service: "Checkout" }, {}] },
    { text: "service=checkout", fits: [{ service: "checkout" }], not: [{ service: "checkout2" }] },
    { text: ' service  =  "checkout" ', fits: [{ service: "checkout" }], not: [{}] },
    { text: 'service!="checkout"', fits: [{ service: "x" }, {}], not: [{ service: "checkout" }] },
    {
      text: 'severity=~"critical|page"',
      fits: [{ severity: "critical" }, { severity: "page" }],
      not: [{ severity: "criticality" }, { severity: "xpage" }, {}],
    },
    { text: 'severity!~"critical|page"', fits: [{ severity: "pager" }, {}], not: [{ severity: "page" }] },
    { text: 'service=""', fits: [{}, { service: "" }], not: [{ service: "x" }] },
    { text: "service=", fits: [{}], not: [{ service: "x" }] },
    { text: 'service=~".+"', fits: [{ service: "x" }, { service: "a\nb" }], not: [{}] },
    { text: 'note="a \\"b\\" \\\\ c\\nd"', fits: [{ note: 'a "b" \\ c\nd' }], not: [{ note: "a" }] },
    { text: '"dotted name/ü"="x"', fits: [{ "dotted name/ü": "x" }], not: [{}] },
    { text: 'k8s.pod-name=~"web-.*"', fits: [{ "k8s.pod-name": "web-1" }], not: [{ "k8s.pod-name": "db-1" }] },
    { text: 'a="b=~c"', fits: [{ a: "b=~c" }], not: [{}] },
    { text: 'toString=""', fits: [{}], not: [Object.fromEntries([["toString", "x"]])] },
    { text: 'constructor!=""', fits: [Object.fromEntries([["constructor", "x"]])], not: [{}] },
  ])("$text matches as in Alertmanager", ({ text, fits: isMatch, not }) => {
    const matches = compileMatcher(text);
    expect(isMatch.map(matches)).toEqual(isMatch.map(() => true));
    expect(not.map(matches)).toEqual(not.map(() => false));
  });

  test.each([
    { text: "", says: '"" is no matcher; write it like service="checkout"' },
    { text: "checkout", says: '"checkout" is no matcher' },
    { text: '="x"', says: "is no matcher" },
    { text: 'a~"x"', says: "is no matcher" },
    { text: '{a="b"}', says: "is no matcher" },
    { text: 'a="x', says: "do not close" },
    { text: 'a=x"', says: "do not close" },
    { text: 'a="b"c"', says: "do not close" },
    { text: 'a=~"("', says: 'the regular expression in "a=~"("" is not RE2' },
    { text: 'a=~"(?=x)"', says: "is not RE2" },
    { text: 'a=~"(x)\\\\1"', says: "is not RE2" },
  ])("$text is refused: $says", ({ text, says }) => {
    expect(() => compileMatcher(text)).toThrow(says);
  });

  test("with an expression that would hang a backtracking engine answers at once", () => {
    const matches = compileMatcher('note=~"(a+)+$"');
    const elapsed = cpuStopwatch();
    expect(matches({ note: `${"a".repeat(20_000)}!` })).toBe(false);
    expect(elapsed()).toBeLessThan(2_000);
  });
});

test("all of several matchers must match, and an empty list matches every alert", () => {
  const both = compileMatchers(['a="1"', 'b!="2"']);
  expect([both({ a: "1" }), both({ a: "1", b: "2" }), both({ b: "3" }), compileMatchers([])({})]).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

test("answers the same however often it is asked, for more values than it remembers, and for long ones", () => {
  const matches = compileMatcher('pod=~"web-.*[02468]"');
  const pods = [...Array.from({ length: 1_200 }, (_, i) => `web-${i}`), `web-${"x".repeat(300)}0`, ""];
  const expected = pods.map((pod) => /^web-.*[02468]$/.test(pod));
  for (let round = 0; round < 3; round++) expect(pods.map((pod) => matches({ pod }))).toEqual(expected);
});
