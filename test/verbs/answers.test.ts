import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ALL_VERBS } from "#verbs/verb-registry.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { SignedRequests, WAYS_IN, WaysIn, type ApiAnswer, type WayIn } from "#test/support/harness/app.ts";
import { VERB_ANSWERS, type VerbAnswer } from "#test/support/builders/doors/verb-answers.ts";

const AUTHORIZED = { authorization: "Bearer secret" };
/** What Alice types through the API and on the command line counts as hers: some verbs need a person whom the policy lists. */
const PEOPLE = { ...STAFFED_POLICY.people, alice: { ...STAFFED_POLICY.people.alice, api: ["Alice"] } };
let slack: SignedRequests;
let ways: WaysIn;
beforeAll(async () => {
  const schedules = { orders: { layers: [{ people: ["alice", "bob"], from: "2026-11-16" }] } };
  slack = await SignedRequests.open(
    { ...STAFFED_POLICY, people: PEOPLE, schedules, grouping: { related: null }, storm: null },
    { MUSTER_API_TOKENS: "secret" },
  );
  ways = new WaysIn(slack);
});
afterAll(() => slack.app.stop());

let alertCount = 0;

/** Opens an incident of its own; answers its id. */
async function opensByAlert(severity: "P2" | "P3"): Promise<string> {
  const name = `Alert${++alertCount}`;
  await slack.app.post(
    "/webhooks/alertmanager",
    deliveryOf([alertOf({ alertname: name, service: name, severity }, { startsAt: NOW })]),
    AUTHORIZED,
  );
  await slack.app.settles();
  const { incidents } = (await (await slack.app.get("/api/incidents?limit=1", AUTHORIZED)).json()) as {
    incidents: { id: string }[];
  };
  return incidents[0]!.id;
}

/** Types what comes before; answers where to type the words themselves, and the number in the answer. */
async function prepares(
  way: WayIn,
  { after = [], say, priority = "P3" }: VerbAnswer,
): Promise<{ readonly words: string; readonly incident: string; readonly reply: string }> {
  const incident = priority === null ? "INC-1" : await opensByAlert(priority);
  let reply = "";
  for (const words of after) reply = (await ways.say(way, words.replace("$WAY", way), incident)).text;
  const number = /(?:unmute|override end) (\d+)/.exec(reply)?.[1] ?? "none";
  return { words: say.replace("$N", number).replace("$WAY", way), incident, reply: number };
}

const USES = ALL_VERBS.flatMap(({ name }) => (VERB_ANSWERS[name] ?? []).map((answer) => [answer.say, answer] as const));

test("every verb has an answer here", () => {
  expect(Object.keys(VERB_ANSWERS).toSorted()).toEqual(ALL_VERBS.map(({ name }) => name).toSorted());
  expect(Object.values(VERB_ANSWERS).filter((answers) => answers.length === 0)).toEqual([]);
  // A text matches whatever is undefined, and a row that a program planted was checked by no compiler.
  for (const [say, { expected }] of USES) expect(expected, say).toBeInstanceOf(RegExp);
});

describe.each(WAYS_IN)("by %s", (way) => {
  test.each(USES)("%s", async (_, answer) => {
    const { words, incident, reply } = await prepares(way, answer);
    const { text, ok, data } = await ways.say(way, words, incident);
    expect(text).toMatch((way === "slack" || way === "dashboard" ? answer[way] : undefined) ?? answer.expected);
    // Slack has no status: there the words are all there is.
    if (ok !== null && (way !== "dashboard" || answer.dashboard === undefined))
      expect(ok).toBe(answer.kind !== "refused");
    if (data !== null) expectData(data, answer, { incident, reply });
    // What is ended is named by the number from the answer to its beginning.
    if (words.includes(reply)) expect(text).toContain(reply);
  });
});

function expectData(
  data: ApiAnswer,
  answer: VerbAnswer,
  { incident, reply }: { readonly incident: string; readonly reply: string },
): void {
  const { kind = "applied", event, numbered, priority } = answer;
  expect([data.kind, data.refused]).toEqual([kind, kind === "refused"]);
  if (event === undefined) expect(data.events).toEqual([]);
  else {
    expect(data.events?.map(({ type }) => type)).toContain(event);
    expect(data.events?.every(({ seq }) => seq > 0)).toBe(true);
    expect(data.incident).toBe(priority === null ? data.events?.[0]?.incident : incident);
  }
  const number = reply === "none" ? /(?:unmute|override end) (\d+)/.exec(data.text ?? "")?.[1] : reply;
  expect(data.number ?? null).toBe(numbered ? Number(number) : null);
}
