import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { saveIncidents } from "#db/incidents.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { PRIORITIES } from "#domain/values/language.ts";
import { startApp, type TestApp, BrowserSession, signInSettings } from "#test/support/harness/app.ts";
import { anIncident, aRoute } from "#test/support/builders/incidents.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { startSlackOpenId, type SlackOpenId } from "#test/support/doubles/slack/slack-openid.ts";

const COUNT = 160;
const ALL_INCIDENTS = Array.from({ length: COUNT }, (_, i): Incident => {
  const number = i + 1;
  const route = {
    ...aRoute({ service: i % 2 === 0 ? "checkout" : "search" }),
    members: [],
    oncall: [],
    escalation: [],
  };
  return anIncident({
    number,
    key: `k${i}`,
    status: i % 4 === 0 ? "triggered" : "closed",
    priority: PRIORITIES[i % 5]!,
    private: i % 3 === 0,
    route,
  });
});

/** 160 incidents, every third of them private and no one's. */
let app: TestApp;
let openId: SlackOpenId;
let signedIn: BrowserSession;
let token: BrowserSession;
beforeAll(async () => {
  openId = await startSlackOpenId(() => NOW);
  app = await startApp({
    settings: { MUSTER_API_TOKENS: "secret", ...signInSettings(openId) },
    policy: { ...STAFFED_POLICY, admit: { guests: true } },
  });
  await saveIncidents(
    app.engine.connection.db,
    ALL_INCIDENTS.map((state) => ({ uid: `u${state.number}`, state })),
  );
  [signedIn, token] = [new BrowserSession(app), new BrowserSession(app, "me:secret")];
  await signedIn.signIn(openId, { id: "U0EVE0001", name: "Eve" });
});
afterAll(async () => {
  await app.stop();
  await openId.stop();
});

/** The numbers on a list, page by page by the link to the older ones. */
async function walk(browser: BrowserSession, path: string): Promise<number[]> {
  const found: number[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const page = await (await browser.get(next)).text();
    found.push(
      ...Array.from(page.matchAll(/href="\/incidents\/INC-(\d+)\?of=\1~u\1"/g), ([, number]) => Number(number)),
    );
    next = /rel="next" href="([^"]+)"/.exec(page)?.[1]!.replaceAll("&#38;", "&");
  }
  return found;
}

const expected = (isMatch: (incident: Incident) => boolean): number[] =>
  ALL_INCIDENTS.filter((each) => !each.private && isMatch(each))
    .map(({ number }) => number)
    .toReversed();

describe.each([
  { query: "", fits: () => true },
  { query: "?status=open", fits: ({ status }: Incident) => status === "triggered" },
  {
    query: "?status=over&service=search",
    fits: ({ status, route }: Incident) => status === "closed" && route.service === "search",
  },
  { query: "?priority=P1", fits: ({ priority }: Incident) => priority === "P1" },
  { query: "?status=nonsense&priority=P9", fits: () => true },
])("the list $query", ({ query, fits: isMatch }) => {
  test("pages through all matches, newest first, without private ones", async () => {
    expect(await walk(signedIn, `/incidents${query}`)).toEqual(expected(isMatch));
    expect(await walk(token, `/incidents${query}`)).toEqual(expected(isMatch));
  });
});
