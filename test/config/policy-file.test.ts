import { describe, expect, test } from "vitest";
import { readPolicy, type PolicyProblem } from "#config/policy-file.ts";

const problems = (text: string): readonly PolicyProblem[] => readPolicy(text, "muster.yaml").problems;

describe("a good file", () => {
  test.each([
    ["an empty one", ""],
    ["one of comments", "# nothing yet\n\n"],
    ["one in JSON", '{"unknownSeverity": "P3"}'],
    [
      "one with everything",
      `
channels: { incidents: incidents, digest: digest }
priorities:
  P0: { page: oncall, escalateAfter: 5m }
severity:
  - { match: ['alertname=~"Disk.*"', "env!=prod"], priority: P4, because: disks fill slowly }
services:
  checkout: { match: ['app="shop"'], team: shop, tier: 0, dashboards: [{ title: Shop, url: "https://g.example/d/1" }], slo: 99.9 }
teams:
  shop: { channel: team-shop, members: [alice], oncall: [alice], escalation: [[alice]] }
people:
  alice: { name: Alice, slack: U012AB3CD, email: alice@example.com }
grouping: { by: [service], reopen: 4h }
archiveAfter: null
`,
    ],
  ])("%s", (_, text) => {
    expect(problems(text)).toEqual([]);
    expect(readPolicy(text, "muster.yaml").policy).not.toBeNull();
  });
});

describe("every problem names its line", () => {
  test.each<[string, string, { line: number; path: string; message: RegExp }]>([
    [
      "a key that does not exist",
      "unknownSeverity: P2\n\ncolour: red\n",
      { line: 3, path: "", message: /^unknown key "colour"; check the spelling/ },
    ],
    [
      "a key within",
      "teams:\n  shop:\n    chanel: x\n",
      { line: 3, path: "teams.shop", message: /^unknown key "chanel"/ },
    ],
    [
      "a key within a list",
      "severity:\n  - match: []\n    priority: P1\n    why: x\n",
      { line: 4, path: "severity.0", message: /^unknown key "why"/ },
    ],
    ["a value that is none of its kind", "unknownSeverity: P9\n", { line: 1, path: "unknownSeverity", message: /P0/ }],
    [
      "a value in the third entry of a list",
      "severity:\n  - { match: [], priority: P1 }\n  - { match: [], priority: P1 }\n  - { match: [],\n      priority: P7 }\n",
      { line: 5, path: "severity.2.priority", message: /P0/ },
    ],
    [
      "a duration that is none",
      "priorities:\n  P1:\n    escalateAfter: soon\n",
      { line: 3, path: "priorities.P1.escalateAfter", message: /"soon" is no duration; write it like 90s/ },
    ],
    [
      "an inventory row that is no record",
      "inventory:\n  services:\n    shop: yes\n",
      { line: 3, path: "inventory.services.shop", message: /expected record/ },
    ],
    [
      "a host with its protocol",
      "automation:\n  hosts:\n    - https://a.example.com\n",
      { line: 3, path: "automation.hosts.0", message: /without https:\/\// },
    ],
    [
      "a program that a PATH would find",
      "automation:\n  commands: [drain]\n",
      { line: 2, path: "automation.commands.0", message: /absolute path/ },
    ],
    [
      "a database's address in the file",
      "automation:\n  datasources:\n    orders: { urlEnv: 'postgres://a' }\n",
      { line: 3, path: "automation.datasources.orders.urlEnv", message: /environment variable/ },
    ],
    [
      "a duration past all calendars",
      "\narchiveAfter: 99999999w\n",
      { line: 2, path: "archiveAfter", message: /"99999999w" is longer than ten years/ },
    ],
    [
      "a matcher that is none",
      "severity:\n  - priority: P0\n    match:\n      - nonsense\n",
      { line: 4, path: "severity.0.match", message: /"nonsense" is no matcher/ },
    ],
    [
      "a regular expression that does not compile",
      "severity:\n  - priority: P0\n    match: ['a=~\"(\"']\n",
      { line: 3, path: "severity.0.match", message: /is not RE2/ },
    ],
    [
      "a person nobody knows",
      "teams:\n  shop:\n    oncall:\n      - eve\n",
      { line: 4, path: "teams.shop.oncall.0", message: /no one called "eve" under people/ },
    ],
    [
      "a team nobody knows",
      "services:\n  checkout:\n    team: shop\n",
      { line: 3, path: "services.checkout.team", message: /no team called "shop"/ },
    ],
    ["something left out", "severity:\n  - priority: P0\n", { line: 2, path: "severity.0.match", message: /./ }],
    ["the wrong kind of thing", "teams: [a, b]\n", { line: 1, path: "teams", message: /./ }],
    ["a list where the file should begin", "- a\n", { line: 1, path: "", message: /./ }],
    ["a key that is there twice", "teams: {}\nteams: {}\n", { line: 2, path: "", message: /unique/i }],
    [
      "a quote that does not close, at the end of the file",
      'defaultTeam: "shop\n\nteams: {}\n',
      { line: 4, path: "", message: /quote/i },
    ],
    ["a line that is no YAML", "teams: {}\n\tshop: x\n", { line: 2, path: "", message: /tab/i }],
    [
      "an alias",
      "people:\n  a: &a { name: A }\n  b: *a\n",
      { line: 3, path: "", message: /anchors and aliases .* are not supported/ },
    ],
    [
      "a merge key",
      "people:\n  a: &a { name: A }\n  b:\n    <<: *a\n",
      { line: 4, path: "", message: /anchors and aliases .* are not supported/ },
    ],
    ["an alias nobody anchored", "defaultTeam: *nobody\n", { line: 1, path: "", message: /./ }],
    ["a tag", "defaultTeam: !!js/function 'x'\n", { line: 1, path: "", message: /tag/i }],
  ])("%s", (_, text, { line, path, message }) => {
    const found = problems(text);
    expect(found.map((problem) => [problem.file, problem.line, problem.path])).toContainEqual([
      "muster.yaml",
      line,
      path,
    ]);
    expect(found.find((problem) => problem.line === line)!.message).toMatch(message);
    for (const problem of found) expect(problem.message).not.toContain("\n");
    expect(readPolicy(text, "muster.yaml").policy).toBeNull();
  });
});

test("reports all problems at once", () => {
  expect(
    problems("unknownSeverity: P9\ndefaultTeam: nobody\narchiveAfter: soon\ncolour: red\n").map(({ line }) => line),
  ).toEqual(expect.arrayContaining([1, 3, 4]));
});

test("a file of a billion laughs is refused without laughing", () => {
  const text = [
    "a: &a [x, x, x, x, x, x, x, x, x]",
    ...Array.from(
      { length: 12 },
      (_, i) =>
        `${String.fromCharCode(98 + i)}: &${String.fromCharCode(98 + i)} [${Array.from({ length: 9 }, () => `*${String.fromCharCode(97 + i)}`).join(", ")}]`,
    ),
  ].join("\n");
  expect(problems(text)[0]!.message).toContain("anchors and aliases");
});

test("keys of JavaScript's own are keys as any other", () => {
  const { policy, problems: found } = readPolicy(
    "services: { constructor: { team: toString } }\nteams: { toString: { channel: x } }\n",
    "muster.yaml",
  );
  expect(found).toEqual([]);
  expect(policy?.services["constructor"]?.team).toBe("toString");
});

test("reports undefined names together with wrong shapes, line by line", () => {
  const text = `colour: red
teams:
  shop: { oncall: [eve], escalation: [[dana]] }
services:
  checkout: { team: shpo, tier: high }
people:
  dana: { slack: nonsense }
schedules:
  night: { layers: [{ people: [ghost], shift: sometimes }] }
permissions:
  clsoe: [roles]
`;
  expect(problems(text).map(({ line, path, message }) => `${line} ${path} ${message.slice(0, 34)}`)).toEqual([
    '1  unknown key "colour"; check the sp',
    '3 teams.shop.oncall.0 no one called "eve" under people',
    expect.stringMatching(/^5 services\.checkout\.tier /),
    '5 services.checkout.team no team called "shpo" under teams',
    "7 people.dana.slack expected a Slack member id such as",
    expect.stringMatching(/^9 schedules\.night\.layers\.0\./),
    expect.stringMatching(/^9 schedules\.night\.layers\.0\./),
    '11 permissions.clsoe no verb is called "clsoe"; verbs a',
  ]);
});

test("does not report names that were dropped for a wrong shape as missing", () => {
  expect(problems("people: { dana: 7 }\nteams: { shop: { oncall: [dana] } }\n").map(({ path }) => path)).toEqual([
    "people.dana",
  ]);
});

test.each([
  ["prioritis: {}\n", 'unknown key "prioritis"; did you mean "priorities"?'],
  ["priorities: { P1: { escalateAftr: 5m } }\n", 'unknown key "escalateAftr"; did you mean "escalateAfter"?'],
  ["teams: { shop: { tickets: { lables: [a] } } }\n", 'unknown key "lables"; did you mean "labels"?'],
  ["severity: [{ match: [], prioritty: P1 }]\n", 'unknown key "prioritty"; did you mean "priority"?'],
  [
    "people: { dana: {} }\nteams: { shop: { escalation: [dana] } }\n",
    '"dana" is no step; each step is a list of names: write [[dana]]',
  ],
  ["people: { dana: {} }\nteams: { shop: { oncall: dana } }\n", "expected a list: write [dana]"],
  ["services: { shop: { match: 'x=\"y\"' } }\n", "expected a list: write ['x=\"y\"']"],
  ["permissions: { close: roles }\n", "expected a list: write [roles]"],
  [
    "permissions: { close: [resonders] }\n",
    /^"resonders" is nobody; did you mean "responders"\? expected anyone, known, responders, roles/,
  ],
  [
    "permissions: { close: [@leads] }\n",
    /^a value that starts with @ must be put in quotes, such as "@sre-leads"; the rest of the file is looked at/,
  ],
])("%j is reported with the fix", (text, message) => {
  const messages = problems(text).map((problem) => problem.message);
  expect(messages).toContainEqual(typeof message === "string" ? message : (expect.stringMatching(message) as string));
});
