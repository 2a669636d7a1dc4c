import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApp, type TestApp, BrowserSession, signInSettings } from "#test/support/harness/app.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { startSlackOpenId, type SlackOpenId } from "#test/support/doubles/slack/slack-openid.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";

/** INC-1 is the order team's; INC-2 is private and Alice's. Alice and Bob are signed in, Eve too, who is in no team. */
let app: TestApp;
let openId: SlackOpenId;
let aliceBrowser: BrowserSession;
let bobBrowser: BrowserSession;
let eve: BrowserSession, token: BrowserSession;
beforeAll(async () => {
  openId = await startSlackOpenId(() => NOW);
  const permissions = { cancel: ["commander"], postmortem: ["responders"] };
  const policy = { ...STAFFED_POLICY, access: { responders: ["anyone"] }, admit: { guests: true }, permissions };
  app = await startApp({ policy, settings: { MUSTER_API_TOKENS: "secret", ...signInSettings(openId) } });
  await app.fires({ service: "order-service", severity: "P2" }, { startsAt: NOW });
  [aliceBrowser, bobBrowser, eve, token] = [
    new BrowserSession(app),
    new BrowserSession(app),
    new BrowserSession(app),
    new BrowserSession(app, "grafana:secret"),
  ];
  await aliceBrowser.signIn(openId, { id: "U0ALICE01", name: "Alice" });
  await bobBrowser.signIn(openId, { id: "U0BOB0001", name: "Bob" });
  await eve.signIn(openId, { id: "U0EVE0001", name: "Eve" });
  const key = "person:declare-private";
  await app.submit(
    aSubmission(
      {
        type: "incident.declare",
        declaration: {
          title: "the-secret-of-the-board",
          priority: "P2",
          private: true,
          page: false,
          drill: false,
          service: null,
          summary: null,
        },
      },
      { key },
    ),
  );
  await app.settles();
});
afterAll(async () => {
  await app.stop();
  await openId.stop();
});

const incident = async (): Promise<Record<string, unknown>> => {
  await app.settles();
  return (await (await app.get("/api/incidents/INC-1", { authorization: "Bearer secret" })).json()) as Record<
    string,
    unknown
  >;
};

describe("a button", () => {
  test("does what the same words do in the chat, as the person who pressed it", async () => {
    expect((await aliceBrowser.says("INC-1", "ic")).status).toBe(303);
    expect(await incident()).toMatchObject({
      status: "acknowledged",
      roles: { commander: { id: "U0ALICE01", name: "Alice" } },
    });
  });

  test("leads to its answer", async () => {
    const sent = await bobBrowser.says("INC-1", "note the pool is exhausted");
    await app.settles();
    const page = await (await bobBrowser.get(sent.headers.get("location")!)).text();
    expect(page).toContain('<p class="panel said " role="status">INC-1: Bob: the pool is exhausted</p>');
  });

  test("leads to the state after it, also when the page is asked for before it is decided", async () => {
    const sent = await bobBrowser.says("INC-1", "note seen in both places");
    const page = bobBrowser.get(sent.headers.get("location")!);
    // By the time of this answer the page was begun.
    await bobBrowser.get("/incidents/INC-1");
    await app.settles();
    const html = await (await page).text();
    expect(html.match(/Bob: seen in both places/g), "the answer and the timeline").toHaveLength(2);
  });

  test("pressed twice does it once", async () => {
    const csrf = await bobBrowser.field("/incidents/INC-1", "csrf");
    for (let i = 0; i < 2; i++)
      await bobBrowser.post("/incidents/INC-1/verbs", { csrf, key: "the-same-key", text: "note once only" });
    await app.settles();
    const page = await (await bobBrowser.get("/incidents/INC-1?text=once+only")).text();
    expect(page.match(/Bob: once only/g)).toHaveLength(1);
  });

  test("is refused to people outside the permission, with an explanation", async () => {
    const answer = await eve.says("INC-1", "cancel it was nothing");
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining("`cancel` is for the Incident Commander"),
    ]);
    expect(await incident()).toMatchObject({ status: "acknowledged" });
  });

  test("works with a token, in its name", async () => {
    await token.says("INC-1", "note from the token");
    await app.settles();
    expect(await (await token.get("/incidents/INC-1?text=from+the+token")).text()).toContain("grafana: from the token");
  });

  test("shows read-only answers, and explains unknown ones", async () => {
    expect((await aliceBrowser.says("INC-1", "help severity")).status).toBe(200);
    expect((await aliceBrowser.says("INC-1", "explode")).status).toBe(400);
  });
});

describe("a form from another site changes nothing", () => {
  test.each([
    { name: "without a token", form: { csrf: "" }, headers: {} },
    { name: "with someone else's token", form: "bob", headers: {} },
    {
      name: "from another site",
      form: "own",
      headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
    },
    { name: "from a neighbouring site", form: "own", headers: { "sec-fetch-site": "same-site" } },
    { name: "that hides where it comes from", form: "own", headers: { origin: "null" } },
  ] as const)("$name", async ({ form, headers }) => {
    const csrf =
      form === "own"
        ? await aliceBrowser.field("/incidents/INC-1", "csrf")
        : form === "bob"
          ? await bobBrowser.field("/incidents/INC-1", "csrf")
          : form.csrf;
    const answer = await aliceBrowser.post(
      "/incidents/INC-1/verbs",
      { csrf, key: "forged-key-1", text: "note forged" },
      headers,
    );
    expect(answer.status).toBe(403);
    expect(
      (await aliceBrowser.post("/incidents/INC-1/postmortem/summary", { csrf, base: "0", text: "forged" }, headers))
        .status,
    ).toBe(403);
    await app.settles();
    expect(await (await aliceBrowser.get("/incidents/INC-1")).text()).not.toContain("forged");
  });
});

describe("a private incident", () => {
  test("is visible to its responders", async () => {
    expect(await (await aliceBrowser.get("/")).text()).toContain("the-secret-of-the-board");
    expect((await aliceBrowser.get("/incidents/INC-2")).status).toBe(200);
    expect((await aliceBrowser.get("/incidents/INC-2/postmortem")).status).toBe(200);
  });

  test.each([
    "/",
    "/incidents",
    "/incidents/INC-2",
    "/incidents/INC-2/postmortem",
    "/incidents/INC-2/postmortem.md",
    "/incidents/INC-2/postmortem/summary",
    "/statistics",
    "/noise",
  ])("does not exist for anyone else: %s", async (path) => {
    for (const browser of [eve, token]) {
      const answer = await browser.get(path);
      expect(await answer.text()).not.toContain("the-secret-of-the-board");
      if (path.includes("INC-2")) expect(answer.status).toBe(404);
    }
  });

  test("is not mentioned to others, and accepts no words from them", async () => {
    expect((await eve.get("/live?incident=INC-2")).status).toBe(404);
    const csrf = await eve.field("/incidents/INC-1", "csrf");
    expect((await eve.post("/incidents/INC-2/verbs", { csrf, key: "eve-key-01", text: "ack" })).status).toBe(404);
    expect((await eve.post("/incidents/INC-2/postmortem/summary", { csrf, base: "0", text: "x" })).status).toBe(404);
    const reply = await eve.post("/incidents/INC-1/verbs", { csrf, key: "eve-key-02", text: "INC-2 ack" });
    expect(await reply.text()).toContain("There is no INC-2");
  });
});

describe("the postmortem's texts", () => {
  const path = "/incidents/INC-1/postmortem/summary";
  const write = async (browser: BrowserSession, text: string, base?: string): Promise<Response> =>
    browser.post(path, {
      csrf: await browser.field(path, "csrf"),
      base: base ?? (await browser.field(path, "base")),
      text,
    });

  test("begins with the question, and becomes version 1", async () => {
    expect(await (await aliceBrowser.get(path)).text()).toMatch(/<textarea[^>]*>\nTODO\(/);
    const answer = await write(aliceBrowser, "Orders were late.\r\nNobody lost money.");
    expect([answer.status, answer.headers.get("location")]).toEqual([
      303,
      expect.stringMatching(/^\/incidents\/INC-1\/postmortem\?of=1~[\w-]+#summary$/),
    ]);
    const page = await (await bobBrowser.get("/incidents/INC-1/postmortem")).text();
    expect(page).toContain("Orders were late.");
    expect(page).toContain("version 1, Alice");
    expect(page).not.toContain("muster:human");
  });

  test("are not overwritten by the slower editor: both texts are shown, and the second can be saved deliberately", async () => {
    const began = await bobBrowser.field(path, "base");
    expect(began).toBe("1");
    await write(aliceBrowser, "Orders were late by 8 s.");
    const answer = await write(bobBrowser, "Orders were very late.", began);
    const page = await answer.text();
    expect(answer.status).toBe(409);
    expect(page).toContain("<ins>+ Orders were late by 8 s.\n</ins>");
    expect(page).toContain("<ins>+ Orders were very late.\n</ins>");
    expect(page).toContain('name="base" value="2"');
    expect(await (await bobBrowser.get("/incidents/INC-1/postmortem.md")).text()).toContain("Orders were late by 8 s.");
    expect((await write(bobBrowser, "Orders were late by 8 s, very late.", "2")).status).toBe(303);
    expect(await (await bobBrowser.get(path)).text()).toContain("Version 3, Bob");
  });

  test("that both wrote the same is no conflict", async () => {
    expect((await write(aliceBrowser, "Orders were late by 8 s, very late.", "2")).status).toBe(303);
  });

  test("are restricted to the people of the policy", async () => {
    const answer = await write(eve, "Eve was here");
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining("for the people of the incident"),
    ]);
  });

  test.each([
    { what: "a NUL character", text: "orders\0", says: "a NUL character: take it out" },
    {
      what: "both texts of a conflict",
      text: "<<<<<<< yours\na\n=======\nb\n>>>>>>> stored, by bob",
      says: "choose one",
    },
  ])("are refused with the fix: $what", async ({ text, says }) => {
    const answer = await write(aliceBrowser, text);
    expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining(says)]);
  });

  test("have exactly the sections of the page", async () => {
    expect((await aliceBrowser.get("/incidents/INC-1/postmortem/no-such")).status).toBe(404);
  });
});

describe("the review of a postmortem", () => {
  const path = "/incidents/INC-1/postmortem";
  const does = async (browser: BrowserSession, form: Readonly<Record<string, string>>): Promise<string> => {
    const sent = await browser.post("/incidents/INC-1/verbs", {
      csrf: await browser.field(path, "csrf"),
      key: await browser.field(path, "key"),
      page: "postmortem",
      ...form,
    });
    expect([sent.status, sent.headers.get("location")]).toEqual([
      303,
      expect.stringMatching(/^\/incidents\/INC-1\/postmortem\?of=1~[\w-]+&said=/),
    ]);
    await app.settles();
    return (await browser.get(sent.headers.get("location")!)).text();
  };

  test("is started and continued from its page, which shows its state", async () => {
    expect(await (await aliceBrowser.get(path)).text()).toMatch(/State <b>draft<\/b>[^]*Owner <b>no one<\/b>/);
    expect(await does(aliceBrowser, { text: "postmortem owner me" })).toContain("Owner <b>Alice</b>");
    const sent = await aliceBrowser.says("INC-1", "resolve the pool is larger now");
    await app.settles();
    expect(await (await aliceBrowser.get(sent.headers.get("location")!)).text()).not.toContain("said refused");
    const page = await does(aliceBrowser, { about: "postmortem review", text: "@bob" });
    expect(page).toMatch(/State <b>in review<\/b>[^]*Read by <b>Bob<\/b>/);
    expect(page).not.toContain("It is reviewed</button>");
  });

  test("is not finished before all required parts are present, no matter who asks", async () => {
    const answer = await bobBrowser.says("INC-1", "postmortem reviewed");
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining("It cannot be called reviewed yet"),
    ]);
  });
});

test("listening browsers learn that the state changed, without any content", async () => {
  const controller = new AbortController();
  const response = await fetch(`${app.url}/live?incident=INC-1&mark=0`, {
    headers: { authorization: `Basic ${Buffer.from("me:secret").toString("base64")}` },
    signal: controller.signal,
  });
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let received = "";
  while (!received.includes("\n\nevent")) received += (await reader.read()).value ?? "";
  expect(received).toMatch(/event: changed\ndata: [\d.a-f]+\n/);
  controller.abort();
});
