import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StoryHarness } from "#test/support/harness/story.ts";

let house: StoryHarness;
beforeEach(async () => void (house = await StoryHarness.open()));
afterEach(() => house.end());

const CHECKOUT = { service: "checkout", severity: "critical" };

describe("a P0", () => {
  test("without an acknowledgement escalates to the next step after ten minutes; taking command stops it", async () => {
    await house.alertmanager.fires(CHECKOUT, { summary: "checkout is down" });
    house.pages.expect(["P0 Alice"]);
    const channel = await house.slack.channel(/^inc-1-/);
    await channel.expectCard("P0 (SEV-1)", "pages Bob");
    await house.time.passes("10m");
    house.pages.expect(["P0 Bob"]);
    await (await channel.expectCard("pages Dana")).button("Take command").click({ as: "bob" });
    await house.time.passes("29m");
    await channel.expectCard("acknowledged", "commander <@");
    await channel.expectMessages(
      // What informs is added to one message; news has one of its own.
      /Paged Alice via pager\n.*Paged Bob via pager.*\n.*Acknowledged by Bob.*\n.*Bob is Incident Commander/,
      // Who is to act is mentioned.
      /Escalated to <@\w+>: no one acknowledged/,
      // No one communicates but Bob, so he is asked twice and then left alone.
      "overdue: Bob was reminded",
      "overdue: Bob was reminded",
    );
    for (const name of ["incidents", "payments"])
      await (await house.slack.channel(name)).expectMessages("INC-1 P0 acknowledged: checkout is down");
  });

  test("is resolved by a person with a reason while alerts fire; a second claim of the same role is refused politely", async () => {
    await house.alertmanager.fires(CHECKOUT, { summary: "checkout is down" });
    house.pages.expect(["P0 Alice"]);
    const channel = await house.slack.channel(/^inc-1-/);
    const before = await channel.expectCard("P0");
    await before.button("Take command").click({ as: "alice" });
    // Charlie's screen still shows the card of a moment ago
    await before.button("Take command").click({ as: "charlie" });
    house.slack.expectWhisper("charlie", "Alice is Incident Commander. Ask them to hand over.");
    await (await channel.expectCard()).button("Resolve").click({ as: "alice" });
    await house.slack.expectForm();
    const without = await house.slack.submits("alice", { reason: { reason: "" } });
    expect(JSON.parse(without.body)).toMatchObject({
      response_action: "errors",
      errors: { reason: expect.stringContaining("still fires") as string },
    });
    await house.slack.submits("alice", { reason: { reason: "traffic moved away" } });
    await channel.expectMessages(
      /Paged Alice via pager\n.*Acknowledged by Alice.*\n.*Alice is Incident Commander/,
      "Resolved by Alice: traffic moved away (1 alert still firing)",
    );
    await channel.expectFile("INC-1-postmortem-1.md");
    for (const name of ["incidents", "payments"])
      await (await house.slack.channel(name)).expectMessages("INC-1 P0 resolved");
    // the alert repeats, which is no news, and ends before the re-check, which is
    await house.alertmanager.fires(CHECKOUT, { summary: "checkout is down", startsAt: house.now - 60_000 });
    await house.time.passes("20m");
    await house.alertmanager.resolves(CHECKOUT);
    await channel.expectMessages("1 alert resolved: checkout is down");
    await house.time.passes("2h");
    expect(await house.incident("INC-1")).toMatchObject({ status: "resolved" });
    await channel.expectMessages(/A postmortem is due by 2026-11-2\d, owned by Alice/);
  });
});

test("a P3 is announced to its team, opens a ticket, and pages and invites no one", async () => {
  await house.alertmanager.fires(
    { service: "order-service", severity: "warning", alertname: "Pool" },
    { summary: "connection pool above 80 %" },
  );
  await (
    await house.slack.channel("payments")
  ).expectMessages(/^P3 INC-1: order-service: connection pool above 80 %$/m);
  house.tickets.expect(["INC-1: order-service: connection pool above 80 %"]);
  expect(await house.incident("INC-1")).toMatchObject({
    priority: "P3",
    channel: null,
    pages: [],
    tickets: [{ key: "T-1" }],
  });
});

test("a P4 is listed in the digest of the next morning and nowhere else", async () => {
  await house.alertmanager.fires(
    { service: "order-service", severity: "info", alertname: "Memory" },
    { summary: "memory above 70 %" },
  );
  await house.time.passes("12h");
  await house.time.passes("6h30m");
  await house.digest("2026-11-22");
  await (
    await house.slack.channel("digest")
  ).expectMessages(
    /Digest 2026-11-22.*: 1 low-priority incidents[^]*order-service: memory above 70 % · open for 18 h 30 min/,
  );
});

test("a storm of 300 alerts in one group is one incident, one page, and few calls to Slack", async () => {
  const alerts = Array.from({ length: 300 }, (_, i) => ({
    alertname: "InstanceDown",
    service: "checkout",
    severity: "page",
    instance: `node-${i}`,
  }));
  for (let i = 0; i < 300; i += 30) {
    await house.alertmanager.storms(alerts.slice(0, i + 30));
  }
  house.pages.expect(["P1 Alice"]);
  expect(await house.incident("INC-1")).toMatchObject({ alerts: { total: 300, firing: 300 } });
  const channel = await house.slack.channel(/^inc-/);
  await channel.expectCard("300 alerts firing");
  expect(house.emulated.calls.length, "calls to Slack").toBeLessThan(80);
  await house.alertmanager.resolves(...alerts);
  await house.time.passes("1m");
  await house.settles();
  expect(await house.incident("INC-1")).toMatchObject({ status: "resolved" });
  await channel.expectMessages(
    "Paged Alice via pager",
    /270 alerts fired and 300 resolved; 0 of 300 are firing now/,
    "Resolved: every alert is quiet",
  );
  await channel.expectFile("INC-1-postmortem-1.md");
  for (const name of ["incidents", "payments"])
    await (await house.slack.channel(name)).expectMessages("INC-1 P1 resolved");
});

test("an incident that fires again within half an hour reopens: same incident, same channel, a new page", async () => {
  await house.alertmanager.fires(CHECKOUT, { summary: "checkout is down" });
  house.pages.expect(["P0 Alice"]);
  await house.time.passes("5m");
  await house.alertmanager.resolves(CHECKOUT);
  await house.time.passes("20m");
  await house.alertmanager.fires(CHECKOUT, { summary: "checkout is down" });
  house.pages.expect(["P0 Alice"]);
  const channel = await house.slack.channel(/^inc-/);
  await (await channel.expectCard("triggered", "1 alert firing")).button("Acknowledge").click({ as: "alice" });
  expect(await house.incident("INC-1")).toMatchObject({ status: "acknowledged", alerts: { total: 1, firing: 1 } });
  await channel.expectMessages(
    /Paged Alice via pager\n.*Paged Alice via pager.*\n.*Acknowledged by Alice/,
    /1 alert resolved.*\n.*Auto-resolves at/,
    "Resolved: every alert is quiet",
    "Re-opened: an alert fires again",
  );
  await channel.expectFile("INC-1-postmortem-1.md");
  for (const name of ["incidents", "payments"])
    await (await house.slack.channel(name)).expectMessages("INC-1 P0 acknowledged");
});

test("hostile text in an alert reaches Slack as text, within its limits", async () => {
  const hostile = `<!channel> <@U0000000> </script><https://evil.example|click> *b* \`x\` & "q" ${"\u0000\u202e".repeat(3)}${"Ä🔥".repeat(10_000)}`;
  await house.alertmanager.fires(
    { service: "<!here>", severity: "critical", alertname: "<!everyone>", team: "<!channel>" },
    { summary: hostile, annotations: { description: hostile, runbook_url: "javascript:alert(1)" } },
  );
  house.pages.expect(["P0 Alice"]);
  const channel = await house.slack.channel(/^inc-1-[a-z0-9-]+$/);
  expect(channel.name.length).toBeLessThanOrEqual(80);
  const card = await channel.expectCard("&lt;!channel&gt;", "no runbook is linked");
  await card.button("Take command").click({ as: "alice" });
  await channel.expectMessages("Alice is Incident Commander");
  for (const name of ["incidents", "payments"])
    await (await house.slack.channel(name)).expectMessages("&lt;!here&gt;: &lt;!channel&gt; &lt;@U0000000&gt;");
  const sent = JSON.stringify(
    house.emulated.calls.filter(({ method }) => method.startsWith("chat.")).map(({ body }) => mrkdwn(body)),
  );
  expect(sent).not.toMatch(/<!(channel|here|everyone)|<@U0000000|<https:\/\/evil|javascript:/);
  expect((await channel.topic()).length).toBeLessThanOrEqual(250);
});

/** What Slack reads as markup: everything but plain text. */
function mrkdwn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mrkdwn);
  if (typeof value !== "object" || value === null) return value;
  if ("type" in value && value.type === "plain_text") return null;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mrkdwn(each)]));
}
