import { afterAll, beforeEach, beforeAll, describe, expect, test } from "vitest";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { HOUR, MINUTE } from "#test/support/builders/instants.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";

let app: TestApp;
let incidents = 0;
let id = "";
beforeAll(async () => void (app = await startApp({ settings: { MUSTER_API_TOKENS: "secret" } })));
afterAll(() => app.stop());

const TOKEN = { authorization: "Bearer secret" };
const MARKDOWN = { ...TOKEN, "content-type": "text/markdown" };

const submitsCommand = async (
  command: Parameters<TestApp["submit"]>[0]["body"] & { type: "incident" },
): Promise<void> => {
  await app.submit(aSubmission(command, { at: app.time.now }));
  await app.settles();
};

beforeEach(async () => {
  id = `INC-${++incidents}`;
  await app.fires({ service: `s${incidents}`, severity: "P2" }, { startsAt: app.time.now - MINUTE });
  await submitsCommand({
    type: "incident",
    incident: incidents,
    command: { type: "incident.resolve", reason: "rolled back" },
  });
});

type Sent = { readonly status: number; readonly etag: string | null; readonly body: Record<string, unknown> };

const readPage = async (): Promise<{ text: string; etag: string }> => {
  const response = await app.get(`/api/incidents/${id}/postmortem`, TOKEN);
  return { text: await response.text(), etag: response.headers.get("etag")! };
};
const sends = async (
  body: unknown,
  headers: Readonly<Record<string, string>> = MARKDOWN,
  query = "",
): Promise<Sent> => {
  const response = await app.post(`/api/incidents/${id}/postmortem${query}`, body, headers, "PUT");
  app.time.now += MINUTE;
  return {
    status: response.status,
    etag: response.headers.get("etag"),
    body: (await response.json()) as Record<string, unknown>,
  };
};
/** The page with another text in a cell. */
const withText = (text: string, section: string, written: string): string =>
  text.replace(
    new RegExp(`(<!-- muster:human ${section} -->\\n)[\\s\\S]*?(\\n<!-- muster:end ${section} -->)`),
    (_, begin: string, end: string) => begin + written + end,
  );

describe("an edited page", () => {
  test("is stored where people changed it, and read back byte for byte", async () => {
    const { text } = await readPage();
    const odd = 'customers saw "€"  \n\n\t* <b>400</b> orders | `x` <!-- muster:human summary -->\n$& $1';
    expect(await sends(withText(text, "impact", odd), MARKDOWN, "?as=bob")).toMatchObject({
      status: 200,
      body: { written: ["impact"] },
    });
    const after = await app.get(`/api/incidents/${id}/postmortem`, { ...TOKEN, accept: "application/json" });
    expect(await after.json()).toMatchObject({
      human: { impact: odd },
      versions: [{ version: 1, by: "bob", sections: ["impact"] }],
    });
    expect((await readPage()).text).toContain(odd);
  });

  test("without changes stores nothing", async () => {
    const { text } = await readPage();
    expect(await sends(text)).toMatchObject({ status: 200, body: { written: [] } });
    expect(await sends(text.replaceAll("\n", "\r\n"))).toMatchObject({ status: 200, body: { written: [] } });
  });

  test("keeps texts of people when a late note changes computed parts", async () => {
    const { text } = await readPage();
    await sends(withText(text, "root-cause", "the retry loop\nhad no limit  "));
    await submitsCommand({
      type: "incident",
      incident: incidents,
      command: { type: "task.add", kind: "followup", text: "limit retries", owner: null, due: null },
    });
    const { text: later } = await readPage();
    expect(later).toContain(
      "<!-- muster:human root-cause -->\nthe retry loop\nhad no limit  \n<!-- muster:end root-cause -->",
    );
    expect(later).toMatch(/^\| TODO\(.*\) \| limit retries \|/m);
    // The question of the actions was different when this page was read: no one answered it.
    expect(await sends(withText(text, "summary", "it was slow"))).toMatchObject({
      status: 200,
      body: { written: ["summary"] },
    });
    expect((await readPage()).text).toMatch(/^\| TODO\(.*\) \| limit retries \|/m);
  });

  test("adds an entry to the timeline, which the draft's own timeline leaves out", async () => {
    const { text } = await readPage();
    await sends(withText(text, "impact", "400 orders"), MARKDOWN, "?as=bob");
    await app.settles();
    const { entries } = (await (await app.get(`/api/incidents/${id}/timeline`, TOKEN)).json()) as {
      entries: { summary: string }[];
    };
    expect(entries.map(({ summary }) => summary)).toContain("bob wrote into the postmortem: impact");
    expect((await readPage()).text).not.toContain("wrote into the postmortem");
  });

  test.each([
    [
      "a page without its last line and without If-Match",
      (text: string) => text.replace(/<!-- muster:base .*/, ""),
      428,
      /muster:base/,
    ],
    [
      "a damaged comment",
      (text: string) => text.replace("<!-- muster:end impact -->", ""),
      422,
      /line \d+: .*"impact" has no end.*put `<!-- muster:end impact -->`/,
    ],
    ["a NUL character", (text: string) => withText(text, "impact", "a\0b"), 422, /NUL/],
    [
      "both texts of a conflict",
      (text: string) => withText(text, "impact", "<<<<<<< yours\na\n=======\nb\n>>>>>>> stored, by bob"),
      422,
      /choose one/,
    ],
  ])("%s is refused with what to do", async (_, damage, status, says) => {
    const sent = await sends(damage((await readPage()).text));
    expect([sent.status, sent.body["error"]]).toEqual([status, expect.stringMatching(says)]);
    expect(
      (
        (await (await app.get(`/api/incidents/${id}/postmortem`, { ...TOKEN, accept: "application/json" })).json()) as {
          human: object;
        }
      ).human,
    ).toEqual({});
  });

  test("needs a token, an incident, and a type that no other site may send", async () => {
    const { text } = await readPage();
    expect((await sends(text, { "content-type": "text/markdown" })).status).toBe(401);
    expect((await sends(text, { ...TOKEN, "content-type": "text/plain" })).status).toBe(415);
    expect((await app.post("/api/incidents/INC-99/postmortem", text, MARKDOWN, "PUT")).status).toBe(404);
  });
});

describe("two editors at once", () => {
  test("of different sections both have their way", async () => {
    const { text } = await readPage();
    expect((await sends(withText(text, "impact", "400 orders"))).status).toBe(200);
    expect(await sends(withText(text, "summary", "it was slow"))).toMatchObject({
      status: 200,
      body: { written: ["summary"] },
    });
    expect((await readPage()).text).toMatch(/it was slow[\s\S]*400 orders/);
  });

  test("of one section: the second is shown both texts and the section, and nothing is overwritten", async () => {
    const { text, etag } = await readPage();
    await sends({ markdown: withText(text, "impact", "400 orders"), as: "alice" }, { ...TOKEN, "if-match": etag });
    const both = withText(withText(text, "impact", "500 orders"), "summary", "it was slow");
    const second = await sends({ markdown: both, as: "bob", base: etag }, TOKEN);
    expect(second).toMatchObject({
      status: 409,
      body: {
        error: expect.stringContaining("impact (alice)") as string,
        conflicts: [{ section: "impact", base: null, edited: "500 orders", current: "400 orders", by: "alice" }],
      },
    });
    expect((await readPage()).text).toContain("400 orders");
    expect((await readPage()).text).not.toContain("it was slow");
    // The answer holds everything to go on with: both texts, and what was changed besides.
    const offered = second.body["markdown"] as string;
    expect(offered).toContain("<<<<<<< yours\n500 orders\n=======\n400 orders\n>>>>>>> stored, by alice");
    const chosen = await sends({ markdown: withText(offered, "impact", "450 orders"), as: "bob" }, TOKEN);
    expect(chosen).toMatchObject({ status: 200, body: { written: ["summary", "impact"] } });
    expect((await readPage()).text).toMatch(/it was slow[\s\S]*450 orders/);
  });

  test("at the same moment: one is stored, the other is refused", async () => {
    const { text } = await readPage();
    const results = await Promise.all(
      ["a", "b", "c", "d"].map((who) => sends(withText(text, "impact", `${who} 100 orders`), MARKDOWN, `?as=${who}`)),
    );
    expect(results.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409]);
  });
});

describe("the changed texts", () => {
  const difference = async (query = ""): Promise<{ status: number; body: unknown }> => {
    const response = await app.get(`/api/incidents/${id}/postmortem/diff${query}`, TOKEN);
    return { status: response.status, body: await response.json() };
  };

  test("are listed since any version", async () => {
    expect((await difference()).body).toEqual({ since: 0, version: 0, sections: [] });
    await sends(withText((await readPage()).text, "impact", "some\norders"));
    await sends(withText((await readPage()).text, "impact", "400\norders"));
    const changed = [
      { sign: "-", text: "some" },
      { sign: "+", text: "400" },
      { sign: " ", text: "orders" },
    ];
    expect((await difference()).body).toEqual({
      since: 1,
      version: 2,
      sections: [{ section: "impact", lines: changed }],
    });
    expect((await difference("?since=0")).body).toMatchObject({
      since: 0,
      sections: [{ lines: [{ sign: "+" }, { sign: "+" }] }],
    });
    expect(await difference("?since=3")).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("since: ") as string },
    });
  });

  test("an hour passes and the page stays the page", async () => {
    await sends(withText((await readPage()).text, "impact", "400 orders"));
    const before = (await readPage()).text;
    app.time.now += HOUR;
    expect((await readPage()).text).toBe(before);
  });
});
