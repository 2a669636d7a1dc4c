import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type TestApp,
  BOB_ID,
  selectedChoice,
  OTHER_CHANNEL,
  textInput,
  SignedRequests,
  STRANGER_ID,
} from "#test/support/harness/app.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";

let app: TestApp;
let { types, submits, happens, incident, lines } = {} as SignedRequests;
const opensApp = async (policy: object = STAFFED_POLICY): Promise<void> =>
  void ({ app, types, submits, happens, incident, lines } = await SignedRequests.open(policy));
beforeEach(() => opensApp());
afterEach(() => app.stop());

describe("permissions", () => {
  const restrict = async (permissions: object): Promise<void> => {
    await app.stop();
    await opensApp({ ...STAFFED_POLICY, permissions });
  };

  test("a refusal lists who may, and appears in the timeline", async () => {
    await restrict({ cancel: ["commander", "@sre-leads"] });
    expect(await types("cancel it was a test", { as: STRANGER_ID })).toContain(
      "`cancel` is for the Incident Commander, @sre-leads",
    );
    expect((await lines()).at(-1)).toContain("Sam was refused");
    await types("ic", { as: BOB_ID });
    expect(await types("cancel it was a test", { as: BOB_ID })).toBe("");
    expect(await incident()).toMatchObject({ status: "canceled" });
  });

  test("a group is read at the click, with its latest members", async () => {
    await restrict({ ack: ["@sre-leads"] });
    app.chat.groups.set("@sre-leads", [BOB_ID]);
    expect(await types("ack", { as: STRANGER_ID })).toContain("is for @sre-leads");
    app.chat.groups.set("@sre-leads", [STRANGER_ID]);
    expect(await types("ack", { as: STRANGER_ID })).toBe("");
  });
});

describe("a private incident", () => {
  beforeEach(async () => {
    await submits(
      "declare",
      {
        ...textInput("title", "Leaked"),
        ...selectedChoice("priority", "P1"),
        options: { options: { selected_options: [{ value: "private" }] } },
      },
      { incident: null, channel: null },
    );
    await app.settles();
  });

  test.each(["INC-2 status", "INC-2 timeline", "INC-2 ack", "INC-2 postmortem", "INC-1 merge INC-2"])(
    "does not exist for outsiders: %s",
    async (text) => {
      expect(await types(text, { as: STRANGER_ID, where: OTHER_CHANNEL })).toBe("There is no INC-2.");
    },
  );

  test("is in no list of theirs, on no board, and announced nowhere", async () => {
    expect(await types("list", { as: STRANGER_ID, where: OTHER_CHANNEL })).not.toContain("INC-2");
    expect(await types("list", { as: BOB_ID, where: OTHER_CHANNEL })).toContain("INC-2");
    await happens({ type: "app_home_opened", user: STRANGER_ID });
    expect(JSON.stringify(app.chat.homes.get(STRANGER_ID))).not.toContain("INC-2");
    expect(JSON.stringify(await app.json("/api/incidents"))).not.toContain("Leaked");
    expect(await (await app.get("/")).text()).not.toContain("Leaked");
    expect(
      app.chat.messages
        .filter(({ channel }) => channel === "incidents")
        .map(({ text }) => text)
        .join(),
    ).not.toContain("INC-2");
  });
});
