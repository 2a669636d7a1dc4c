import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
  await app.fires({ service: "order-service", severity: "P1" }, { startsAt: NOW - MINUTE });
  for (const command of [
    { type: "incident.acknowledge" },
    { type: "incident.resolve", reason: "rolled back" },
  ] as const) {
    app.time.now += HOUR;
    await app.submit(aSubmission({ type: "incident", incident: 1, command }, { at: app.time.now }));
    await app.settles();
  }
});
afterAll(() => app.stop());

const saysVerb = async (text: string): Promise<{ status: number; text: string }> => {
  const lookup = app.post("/api/verbs", { text: `INC-1 ${text}`, as: "alice" });
  const done = { is: false };
  void lookup.finally(() => (done.is = true));
  while (!done.is) {
    await app.settles();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const response = await lookup;
  const answer = (await response.json()) as { text?: string; error?: string };
  return { status: response.status, text: answer.text ?? answer.error ?? "" };
};
type Found = {
  markdown: string;
  base: string;
  review: {
    state: string;
    owner: { name: string } | null;
    checklist: { section: string; what: string }[];
    waived: object[];
  };
};
const readReview = async (): Promise<Found> =>
  (await (await app.get("/api/incidents/INC-1/postmortem", { accept: "application/json" })).json()) as Found;
const fill = async (texts: Readonly<Record<string, string>>): Promise<void> => {
  const { markdown, base } = await readReview();
  let page = markdown;
  for (const [section, text] of Object.entries(texts))
    page = page.replace(
      new RegExp(`(muster:human ${section} -->\\n)[\\s\\S]*?(\\n<!-- muster:end ${section} )`),
      (_, begin: string, end: string) => begin + text + end,
    );
  expect(
    (await app.post("/api/incidents/INC-1/postmortem", { markdown: page, base, as: "alice" }, {}, "PUT")).status,
  ).toBe(200);
  await app.settles();
};

describe("the review", () => {
  test("shows a checklist, also in words, and in JSON", async () => {
    const { status, text } = await saysVerb("postmortem");
    expect([status, text]).toEqual([
      200,
      expect.stringMatching(
        /The postmortem of INC-1: \*?draft[\s\S]*☐ Every gap is explained or waived[\s\S]*root cause/,
      ),
    ]);
    expect((await readReview()).review).toMatchObject({
      state: "draft",
      owner: null,
      checklist: expect.arrayContaining([
        { section: "impact", what: "it is not written yet", fix: expect.any(String) as string },
      ]) as object,
    });
  });

  test("is refused with the gaps until there are none", async () => {
    expect((await saysVerb("postmortem owner me")).status).toBe(200);
    expect(await saysVerb("postmortem reviewed")).toEqual({
      status: 409,
      text: expect.stringMatching(/No one was asked to read it yet/) as string,
    });
    expect((await saysVerb("postmortem review @Bob")).text).toMatch(/in review, to be read by Bob/);
    const no = await saysVerb("postmortem reviewed");
    expect([no.status, no.text]).toEqual([
      400,
      expect.stringMatching(
        /^It cannot be called reviewed yet, \d+ of the checklist are missing:\n☐ summary: it is not written yet/,
      ),
    ]);
    await fill({
      summary: "Orders were slow.",
      impact: "400 orders were late",
      "root-cause": "The retries had no limit.",
      "not-caught": "No test covered it.",
      "went-well": "The rollback was quick.",
      "could-be-better": "An alert on retries.",
      lessons: "Test the exception path.",
      "action-items":
        "| Priority | Action | Type | Owner | Due | Ticket |\n|--|--|--|--|--|--|\n| P1 | limit retries | detect | Bob | 2026-12-01 | OPS-1 |",
    });
    const gaps = await saysVerb("postmortem reviewed");
    expect(gaps.text).toMatch(/☐ gaps: nothing is written down from 14:32 to 15:32 UTC.*postmortem waive gap 1 REASON/);
    expect((await saysVerb("postmortem waive gap 7 lunch")).text).toMatch(/There is no gap 7/);
    expect((await saysVerb("postmortem waive gap 1 no one was awake")).text).toMatch(
      /waived the gap from 14:32 to 15:32 UTC: no one was awake/,
    );
    expect((await saysVerb("postmortem waive gap 2 the rollback ran")).status).toBe(200);
    expect((await readReview()).markdown).toMatch(
      /of which nothing is written down; waived by alice: no one was awake/,
    );
    expect(await saysVerb("postmortem reviewed")).toEqual({
      status: 200,
      text: "INC-1: alice marked the postmortem as reviewed",
    });
    expect((await saysVerb("postmortem close")).text).toMatch(/closed the postmortem/);
    expect((await readReview()).review).toMatchObject({
      state: "closed",
      owner: { name: "alice" },
      checklist: [],
      waived: [{ by: "alice", reason: "no one was awake" }, {}],
    });
  });

  test.each([
    "postmortem owner",
    "postmortem waive gap 1",
    "postmortem waive REASON",
    "postmortem frobnicate",
    "postmortem review @nobody",
  ])("`%s` is answered with the right usage", async (text) =>
    expect(await saysVerb(text)).toMatchObject({
      status: 400,
      text: expect.stringMatching(/postmortem (owner|waive|review)|`postmortem` alone|There is no one/) as string,
    }),
  );
});
