import { describe, expect, test } from "vitest";
import { chatSignInRefusal } from "#domain/response/admission.ts";
import type { SlackCaller } from "#integrations/slack/client.ts";
import { createStandingReader } from "#integrations/slack/slack-people.ts";
import { withMembership } from "#integrations/slack/slack-sign-in.ts";
import { PortError } from "#ports/port-error.ts";
import type { SignIn, SignInRequest } from "#ports/sign-in.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

/** A caller that answers this about a person, read as the adapter reads it. */
function answering(user: object | PortError): SlackCaller {
  const call = (method: string, _args: object, _terms: object, schema?: { parse(value: unknown): unknown }) => {
    if (method === "auth.test") return Promise.resolve(schema?.parse({ ok: true, team_id: "T1" }));
    return user instanceof PortError ? Promise.reject(user) : Promise.resolve(schema?.parse({ ok: true, user }));
  };
  return call as unknown as SlackCaller;
}

const failure = (reason: "not_found" | "unreachable" | "forbidden") =>
  new PortError(reason, reason, { retryable: reason === "unreachable" });

const ACCOUNT = { person: "U1", name: "Sam", email: null, groups: null, provedAt: 0 };
const REQUEST: SignInRequest = { state: "s", nonce: "n", verifier: "v", back: "b", fresh: false };
const provider: SignIn = {
  ...{ title: "Slack", name: "slack", asksAgain: false },
  address: () => Promise.resolve(""),
  redeem: () => Promise.resolve({ account: ACCOUNT, renewal: null }),
};

const wayFor = (user: object | PortError, policy: object = {}): SignIn =>
  withMembership(provider, createStandingReader(answering(user)), (person, standing) =>
    chatSignInRefusal(aPolicy(policy), person, standing),
  );
/** What becomes of a sign-in, and of the look at an open session. */
const admittance = async (user: object | PortError, policy: object = {}): Promise<readonly [string, string]> => {
  const way = wayFor(user, policy);
  const signsIn = await way.redeem(new URLSearchParams(), REQUEST).then(
    () => "in",
    (error: Error) => error.message,
  );
  const stays = (await way.recheck!({ ...ACCOUNT, renewal: null })) === null ? "ended" : "stays";
  return [signsIn, stays];
};

const SAM = { people: { sam: { slack: "U1" } } };

describe("someone who signs in with Slack", () => {
  test.each([
    { name: "a member", user: { id: "U1", team_id: "T1", deleted: false }, policy: {} },
    { name: "a member without the fields", user: { id: "U1" }, policy: {} },
    { name: "a guest whom the policy admits", user: { is_restricted: true }, policy: { admit: { guests: true } } },
    { name: "a guest under people", user: { is_ultra_restricted: true }, policy: SAM },
    { name: "someone of an admitted workspace", user: { team_id: "T2" }, policy: { admit: { workspaces: ["T2"] } } },
  ])("comes in and stays: $name", async ({ user, policy }) => {
    expect(await admittance(user, policy)).toEqual(["in", "stays"]);
  });

  test.each([
    { name: "a guest of many channels", user: { is_restricted: true }, because: /nothing for guests.*admit\.guests/ },
    { name: "a guest of one channel", user: { is_ultra_restricted: true }, because: /nothing for guests/ },
    { name: "a bot", user: { is_bot: true }, because: /nothing for bots/ },
    { name: "a stranger", user: { is_stranger: true }, because: /people of other workspaces/ },
    { name: "someone of another workspace", user: { team_id: "T2" }, because: /admit\.workspaces: \[T2\]/ },
    { name: "someone who was deactivated", user: { deleted: true }, because: /does not list you/ },
    { name: "someone whom Slack does not list", user: failure("not_found"), because: /does not list you/ },
  ])("is refused, and loses an open session: $name", async ({ user, because }) => {
    expect(await admittance(user)).toEqual([expect.stringMatching(because), "ended"]);
  });

  test("is refused when deactivated, also under people", async () => {
    expect(await admittance({ deleted: true }, SAM)).toEqual([expect.stringMatching(/does not list you/), "ended"]);
  });

  test.each(["unreachable", "forbidden"] as const)(
    "is not guessed about while Slack cannot say: %s",
    async (reason) => {
      const way = wayFor(failure(reason), { admit: { guests: true } });
      await expect(way.redeem(new URLSearchParams(), REQUEST)).rejects.toThrow(reason);
      await expect(way.recheck!({ ...ACCOUNT, renewal: null })).rejects.toThrow(reason);
    },
  );
});
