import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { textsOf } from "#test/support/doubles/slack/block-kit.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { PortError } from "#ports/port-error.ts";
import {
  ALICE_ID,
  BOB_ID,
  selectedChoice,
  OTHER_CHANNEL,
  textInput,
  SignedRequests,
} from "#test/support/harness/app.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

// What users of other incident bots complain about in their issue trackers; each once, so that it does not apply to
// this one.
let slack: SignedRequests;
beforeEach(async () => void (slack = await SignedRequests.open()));
afterEach(() => slack.app.stop());

const channelText = (id = "C1"): string =>
  slack.app.chat
    .in(id)
    .flatMap(({ blocks }) => textsOf(blocks))
    .join("\n");
const slackPasses = async (ms: number): Promise<void> => {
  slack.app.time.now += ms;
  await slack.app.settles();
};

describe("these complaints do not apply:", () => {
  test("1 the form came too late because work was done first (Netflix/dispatch#833)", async () => {
    const order: string[] = [];
    slack.app.chat.during = (method) => void order.push(method);
    await slack.clicks("incident.update", "1");
    await waitFor(() => order.includes("updateForm"), { what: "the form" });
    expect(order.indexOf("openForm")).toBe(0);
  });

  test("2 one command is answered two to four times (monzo/response#50)", async () => {
    for (let i = 0; i < 4; i++) await slack.types("note once", { trigger: "same" });
    expect((await slack.lines()).filter((line) => line === "Alice: once")).toHaveLength(1);
  });

  test("3 people who use it once a year must know commands, and times are in someone else's zone (Netflix/dispatch#65)", async () => {
    await slack.types("");
    const card = slack.app.chat.in("C1").find(({ pinned }) => pinned)!;
    expect(JSON.stringify(card.blocks)).toMatch(/<!date\^\d+\^/);
    expect(card.blocks.filter((block) => (block as { type: string }).type === "actions")).toHaveLength(1);
  });

  test("4 a note is invisible in the channel (Netflix/dispatch#1232)", async () => {
    await slack.types("note the replica lags");
    await slackPasses(2_000);
    expect(channelText()).toContain("Alice: the replica lags");
  });

  test("5 kept messages lose their images, dates, edits and links (monzo/response#149)", async () => {
    slack.app.chat.said.set("C1:9.9", {
      id: "9.9",
      author: { id: BOB_ID, name: "Bob" },
      text: "look",
      at: NOW - 1,
      permalink: "https://chat.example/p9",
      files: [{ name: "graph.png", url: "https://chat.example/f" }],
    });
    await slack.happens({
      type: "reaction_added",
      user: BOB_ID,
      reaction: "pushpin",
      item: { type: "message", channel: "C1", ts: "9.9" },
    });
    expect((await slack.entries()).find(({ summary }) => summary.startsWith("Bob: look"))).toEqual(
      expect.objectContaining({
        summary: "Bob: look [graph.png]",
        at: new Date(NOW - 1).toISOString(),
        permalink: "https://chat.example/p9",
      }),
    );
    await slack.happens({ type: "message", channel: "C1", subtype: "message_deleted", deleted_ts: "9.9" });
    expect(await slack.lines()).toContain("Bob: look (deleted since) [graph.png]");
  });

  test("6 it is closed by a button without a message in the channel (monzo/response#29)", async () => {
    await slack.submits("resolve", textInput("reason", "rolled back"));
    await slackPasses(2_000);
    expect(channelText()).toContain("Resolved by Bob: rolled back");
  });

  test("7 the status silently fails because something else is missing (Netflix/dispatch#794, #766, #1721)", async () => {
    slack.app.chat.fails("upload", new PortError("forbidden", "canvas_disabled", { retryable: false }), { times: 9 });
    await slack.submits("resolve", textInput("reason", "rolled back"));
    await slackPasses(2_000);
    expect(await slack.incident()).toMatchObject({ status: "resolved" });
    expect(await slack.lines()).toContain("The chat refused chat.draft: canvas_disabled");
  });

  test("8 a command in another channel is refused with no way forward (Netflix/dispatch#1721, #2300)", async () => {
    expect(await slack.types("mitigate", { where: OTHER_CHANNEL })).toContain("INC-1");
  });

  test("9 nothing can be configured, and a change of commander reverts (Netflix/dispatch#283, #3391, #1230)", async () => {
    await slack.types("ic");
    await slack.types(`handoff <@${BOB_ID}>`);
    await slack.types("handoff accept", { as: BOB_ID });
    await slack.app.post(
      "/webhooks/alertmanager",
      deliveryOf([alertOf({ service: "order-service", severity: "P1" }, { startsAt: NOW })]),
    );
    await slackPasses(5 * MINUTE);
    expect(await slack.incident()).toMatchObject({ roles: { commander: { name: "Bob" } } });
  });

  test("10 no one sees in the channel that something is still promised to those outside (incidentbot#612)", async () => {
    await slack.types("update we are rolling back");
    await slackPasses(2_000);
    expect(channelText()).toMatch(/Next update by/);
  });

  test("11 one incident gets several tickets (incidentbot#421)", async () => {
    await slack.types("severity P3 not so bad");
    await slack.types("severity P2 worse");
    await slack.types("severity P3 better");
    await slackPasses(60 * MINUTE);
    expect(slack.app.tickets.opened.length).toBeLessThanOrEqual(1);
  });

  test("12 its channel stays for ever, or goes at once (grafana/incident-community#75)", async () => {
    await slack.submits("resolve", textInput("reason", "rolled back"));
    await slack.app.fires({ service: "order-service", severity: "P1" }, { startsAt: NOW, endsAt: slack.app.time.now });
    await slackPasses(6 * 24 * 60 * MINUTE);
    expect(slack.app.chat.channel(/^inc-1/).archived).toBe(false);
    await slackPasses(2 * 24 * 60 * MINUTE);
    // Its last words are written first.
    for (let i = 0; i < 3; i++) await slackPasses(2_000);
    expect(slack.app.chat.channel(/^inc-1/).archived).toBe(true);
  });

  test("13 the real start is not in the timeline (grafana/incident-community#107, #46, #51)", async () => {
    await slack.app.fires({ service: "order-service", severity: "P1", pod: "b" }, { startsAt: NOW - 20 * MINUTE });
    expect(await slack.incident()).toMatchObject({ detectedAt: new Date(NOW - 20 * MINUTE).toISOString() });
    await slack.types("note it began with the deploy at 14:00");
    expect((await slack.lines())[0]).toBe("Alice: it began with the deploy");
  });

  test("14 no team can be paged from an incident, and no channel found from one (grafana/incident-community#77, #103)", async () => {
    await slack.types("page orders we need you");
    // Alice, who calls, is on call herself.
    expect(slack.app.paging.triggered.at(-1)).toMatchObject({ to: "Mia" });
    expect(await slack.types("list", { where: OTHER_CHANNEL })).toContain("<#C1>");
  });

  test("15 its priority cannot be given at the beginning or changed later (cds-snc/sre-bot#988)", async () => {
    await slack.submits(
      "declare",
      { ...textInput("title", "Slow"), ...selectedChoice("priority", "P2") },
      { incident: null, channel: null },
    );
    await slack.app.settles();
    await slack.types("INC-2 severity P1 it spreads");
    expect(await slack.incident("INC-2")).toMatchObject({ priority: "P1", priorityReason: "it spreads" });
  });

  test("16 incidents stay open and no one is reminded (hellper#7, monzo/response#17)", async () => {
    await slack.types("ic");
    await slackPasses(31 * MINUTE);
    expect(slack.app.chat.directs.filter(({ text }) => text.includes("overdue"))).toMatchObject([{ user: ALICE_ID }]);
  });

  test("17 two that are one cannot be made one (keephq/keep#1539)", async () => {
    await slack.types("declare P3 the same again", { where: OTHER_CHANNEL });
    await slack.types("INC-2 merge INC-1", { where: OTHER_CHANNEL });
    expect(await slack.incident("INC-2")).toMatchObject({ status: "merged", mergedInto: "INC-1" });
    expect(await slack.lines()).toContain("Alice merged INC-2 into this incident");
  });

  test("18 what happened earlier cannot be written down later (gitlab-org/gitlab#365366)", async () => {
    await slack.types("note first at 13:05\nnote second at 13:10\nnote third");
    expect((await slack.lines()).slice(0, 2)).toEqual(["Alice: first", "Alice: second"]);
    expect(await slack.lines()).toContain("Alice: third");
  });

  test("19 pickers die where there are thousands of channels (OneUptime#1948)", async () => {
    await slack.types("declare");
    await waitFor(() => slack.app.chat.forms.length > 0, { what: "the form" });
    expect(slack.app.chat.calls.map(({ method }) => method)).not.toContain("listChannels");
    expect(JSON.stringify(slack.app.chat.forms)).not.toContain("channels_select");
  });

  test("20 the postmortem is copied together by hand (etsy/morgue#130)", async () => {
    await slack.types("note failed over to the replica");
    await slack.submits("resolve", textInput("reason", "failed over"));
    await slackPasses(2_000);
    expect(slack.app.chat.channel(/^inc-1/).files[0]!.text).toContain("failed over to the replica");
  });
});

test("the policy of this story is the default one", () => expect(STAFFED_POLICY).not.toHaveProperty("permissions"));
