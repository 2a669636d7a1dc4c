import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/**
 * Words of one chat platform, and names of vendors, in rooms that must have none. Keys of the policy are not
 * capitalised.
 */
const PLATFORM = /slack|block_id|action_id|subteam|<@|\[UW\]|S\[A-Z|GitHub|PagerDuty|Jira|Opsgenie|Confluence|Grafana/;
const ANY_CASE = /slack|block_id|action_id/i;
/** A setting of a vendor's, and its name in code that is no comment: as a text, or as a value to compare with. */
const SETTING = /\b(?:SLACK|GITHUB|PAGERDUTY|JIRA|ALERTMANAGER|PROMETHEUS|GRAFANA|KUBE)[A-Z]*_[A-Z]/;
const SPOKEN = /Alertmanager|Prometheus|"(?:alertmanager|prometheus|grafana|pagerduty|opsgenie|github|jira)"/;
const COMMENT = /^\s*(?:\/\/|\/?\*)/;
const ROOMS = "src/{domain,engine,views,verbs}/**/*";

/** What names a vendor rightly, line by line. */
const ALLOWED = new Map([
  // The rule that is ours is theirs: a source.
  ["src/domain/policy/review-due.ts", [/^\/\*\* .*\(PagerDuty's rule\)/]],
  // The policy's key is `postmortem.github`, and the stored event names the place.
  ["src/engine/postmortem/postmortem-performers.ts", [/type: "postmortem\.(?:un)?published", where: "GitHub"/]],
  // The protocol that most senders speak is called after the one that it is of.
  ["src/domain/deliveries/alertmanager-body.ts", [/return "body: expected a JSON object as Alertmanager sends it"/]],
  ["src/domain/deliveries/webhook-source.ts", [/\bALERTMANAGER_DIALECT\b/]],
  // A key of the policy, which the stored rotation keeps.
  ["src/domain/paging/policy-references.ts", [/wrong\(\["pagerduty"\], /]],
  ["src/domain/policy/rotation-version.ts", [/^export type StoredRotation = Pick<Schedule, /]],
  // A format that people ask for by name.
  [
    "src/views/postmortem/confluence-markup.ts",
    [/^ \* .* in Confluence's storage format/, /function renderConfluence\(/],
  ],
]);

/** A comment that only names where something is written. */
function isSource(line: string): boolean {
  return /^\s*(?:\/\/|\/?\*).*https?:\/\/\S*slack/i.test(line);
}

function wordsOfPlatforms(file: string, text: string): string[] {
  return text
    .split("\n")
    .filter(
      (line) =>
        (PLATFORM.test(line) ||
          ANY_CASE.test(line) ||
          (!COMMENT.test(line) && (SETTING.test(line) || SPOKEN.test(line)))) &&
        !isSource(line) &&
        !(ALLOWED.get(file) ?? []).some((allowed) => allowed.test(line)),
    )
    .map((line) => `${file}: ${line.trim()}`);
}

test("no file of the core, the engine or the views names a vendor", () => {
  const files = globSync(ROOMS).filter((file) => /\.(?:ts|js|css)$/.test(file));
  expect(files.length).toBeGreaterThan(150);
  expect(files.flatMap((file) => wordsOfPlatforms(file, readFileSync(file, "utf8")))).toEqual([]);
});

test.each([
  ["a field", "const to = person.slack;"],
  ["a text", 'says("Ask in Slack");'],
  ["an element of Block Kit", "{ block_id: 1 }"],
  ["a comment that gives no source", "// Slack does this"],
  ["a mention of one chat", "const who = /^<@U1>$/;"],
  ["the form of an id", "const ID = /^[UW][A-Z0-9]+$/;"],
  ["a tracker", 'says("open it on GitHub");'],
  ["a pager", 'const by = "PagerDuty";'],
  ["a vendor's setting", 'const reason = "GITHUB_TOKEN is not set";'],
  ["a source of alerts", 'const actor = { name: "Alertmanager, when asked" };'],
  ["a vendor in lower case", 'const NO_PERSON = new Set(["muster", "grafana"]);'],
])("finds %s", (_, line) => {
  expect(wordsOfPlatforms("src/engine/planted.ts", `const a = 1;\n${line}`)).toHaveLength(1);
});

test("allows a comment to cite its source", () => {
  expect(wordsOfPlatforms("src/views/planted.ts", "// https://docs.slack.dev/reference")).toEqual([]);
});
