import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ALICE_ID, SIGNING_SECRET, SignedRequests } from "#test/support/harness/app.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

let slack: SignedRequests;
beforeAll(async () => void (slack = await SignedRequests.open()));
afterAll(() => slack.app.stop());

const NOW_S = Math.floor(wallClock() / 1_000);
const BODY = new URLSearchParams({
  ...{ command: "/incident", text: "ack", user_id: ALICE_ID, user_name: "alice", channel_id: "C1" },
  ...{ team_id: "T1", trigger_id: "forged" },
}).toString();

type Signature = { readonly secret: string; readonly version: string; readonly stamp: string };

/** A command as it would be signed by these, and the timestamp as Bolt would read it. */
function sign({
  secret = SIGNING_SECRET,
  version = "v0",
  stamp = String(NOW_S),
}: Partial<Signature>): Record<string, string> {
  const read = Number.isNaN(Number(stamp)) ? stamp : String(Number(stamp));
  const hash = createHmac("sha256", secret).update(`${version}:${read}:${BODY}`).digest("hex");
  return { "x-slack-request-timestamp": stamp, "x-slack-signature": `${version}=${hash}` };
}

async function postsCommand(
  headers: Readonly<Record<string, string>>,
): Promise<readonly [status: number, stored: number]> {
  const response = await slack.app.post("/slack/events", BODY, {
    ...{ "content-type": "application/x-www-form-urlencoded" },
    ...headers,
  });
  const { rows } = await slack.app.engine.connection.pool.query("select 1 from commands where key like 'person:%'");
  return [response.status, rows.length];
}

test.each<[string, Partial<Signature>]>([
  ["signed with another secret", { secret: "wrong" }],
  ["replayed six minutes later", { stamp: String(NOW_S - 6 * 60) }],
  ["dated in the year 1970", { stamp: "0" }],
  ["dated six minutes from now", { stamp: String(NOW_S + 6 * 60) }],
  ["dated a year from now", { stamp: String(NOW_S + 366 * 86_400) }],
  ["dated with a part of a second", { stamp: String(NOW_S + 0.5) }],
  ["dated with a point", { stamp: `${NOW_S}.0` }],
  ["dated with an exponent", { stamp: `${NOW_S / 1e9}e9` }],
  ["dated in hexadecimal", { stamp: `0x${NOW_S.toString(16)}` }],
  ["dated with a plus", { stamp: `+${NOW_S}` }],
  ["dated before all time", { stamp: `-${NOW_S}` }],
  ["dated with zeros in front", { stamp: `00${NOW_S}` }],
  ["dated with a blank in it", { stamp: `${String(NOW_S).slice(0, 5)} ${String(NOW_S).slice(5)}` }],
  ["dated twice", { stamp: `${NOW_S}, ${NOW_S}` }],
  ["without a date", { stamp: "" }],
  ["signed in a version that is not there", { version: "v1" }],
  ["signed in no version", { version: "" }],
  ["made of parts of another that was signed", { version: `v0:${NOW_S}:payload` }],
])("a command %s is a 401 and stores nothing", async (_, how) => {
  expect(await postsCommand(sign(how))).toEqual([401, 0]);
});

test.each([
  ["of nothing", { "x-slack-signature": "v0=" }],
  ["without its version", { "x-slack-signature": sign({})["x-slack-signature"]!.slice(3) }],
  ["in capitals", { "x-slack-signature": sign({})["x-slack-signature"]!.toUpperCase() }],
  ["with more behind it", { "x-slack-signature": `${sign({})["x-slack-signature"]}=00` }],
])("a command with a signature %s is a 401 and stores nothing", async (_, odd) => {
  expect(await postsCommand({ ...sign({}), ...odd })).toEqual([401, 0]);
});

test("a command without any signature is a 401 and stores nothing", async () => {
  expect(await postsCommand({})).toEqual([401, 0]);
});

test("a command as Slack signs it is stored", async () => {
  expect(await postsCommand(sign({}))).toEqual([200, 1]);
});

test("a request that gives no name of its sender is taken in the name of the id", async () => {
  const command = { command: "/incident", text: "INC-1 note it is slow", user_id: ALICE_ID, channel_id: "C1" };
  const body = new URLSearchParams({ ...command, team_id: "T1", trigger_id: "nameless" }).toString();
  expect((await slack.send(body, "application/x-www-form-urlencoded")).status).toBe(200);
  await slack.app.settles();
  const { rows } = await slack.app.engine.connection.pool.query<{ id: string }>(
    "select actor->>'id' as id from commands where key like '%nameless%'",
  );
  expect(rows).toEqual([{ id: ALICE_ID }]);
});
