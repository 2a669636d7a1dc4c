import { afterEach, beforeEach, expect, test } from "vitest";
import { StoryHarness } from "#test/support/harness/story.ts";

let house: StoryHarness;
beforeEach(async () => void (house = await StoryHarness.open()));
afterEach(() => house.end());

const LATENCY = { alertname: "HighLatency", service: "order-service", severity: "P2" };
const ERRORS = { alertname: "HighErrorRate", service: "order-service", severity: "P1" };
const DEPENDENCY = { alertname: "DependencyLatency", service: "order-service", severity: "P2" };

test("order processing delayed: 22 minutes, from the first alert to the draft of the postmortem", async () => {
  const { alertmanager, slack, time, pages } = house;
  await time.at("14:32");
  await alertmanager.fires(LATENCY, { summary: "Order processing delayed: latency above 5 s" });
  pages.expect(["P2 Alice"]);
  const channel = await slack.channel(/^inc-1-order-service-order-processing-delayed/);

  await time.at("14:35");
  let card = await channel.expectCard("P2 (SEV-2)", "triggered", "commander _unassigned_", "Take command");
  await card.button("Acknowledge").click({ as: "alice" });
  card = await channel.expectCard("acknowledged");
  await card.button("Take command").click({ as: "alice", twice: true });

  await time.at("14:36");
  await (await channel.expectCard()).button("Be scribe").click({ as: "bob" });

  await time.at("14:37");
  await alertmanager.fires(ERRORS, { summary: "error rate 15 %, threshold 5 %" });
  pages.expect(["P1 Alice"]);

  await time.at("14:38");
  await slack.types("alice", "ack", channel.id);

  await time.at("14:39");
  await alertmanager.fires(DEPENDENCY, { summary: "payment-service answers in 10 s and more" });

  await time.at("14:48");
  await (await channel.expectCard("P1 (SEV-2)", "3 alerts firing")).button("Mitigated").click({ as: "alice" });
  await time.at("14:51");
  await alertmanager.resolves(ERRORS, DEPENDENCY);
  await time.at("14:53");
  await alertmanager.resolves(LATENCY);
  await time.at("14:54");
  await house.settles();

  expect(await house.incident("INC-1")).toMatchObject({
    status: "resolved",
    priority: "P1",
    detectedAt: "2026-11-21T14:32:00.000Z",
    resolvedAt: "2026-11-21T14:54:00.000Z",
    roles: { commander: { name: "Alice" }, scribe: { name: "Bob" } },
  });
  expect(await house.timeline("INC-1")).toMatchInlineSnapshot(`
    [
      "14:32 INC-1 opened as P2 (SEV-2): order-service: Order processing delayed: latency above 5 s. Why P2: label severity="P2"",
      "14:32 1 alert firing: Order processing delayed: latency above 5 s",
      "14:32 Paging Alice: opened as P2",
      "14:32 Next: pages Bob at 15:02 UTC (in 30 min) unless someone acknowledges",
      "14:32 Paged Alice via pager",
      "14:32 Channel #inc-1-order-service-order-processing-delayed-latency-above-5-s opened",
      "14:35 Acknowledged by Alice",
      "14:35 Alice is Incident Commander",
      "14:36 Bob is Scribe",
      "14:37 1 alert firing: error rate 15 %, threshold 5 %",
      "14:37 P2 → P1 (SEV-2): error rate 15 %, threshold 5 %: label severity="P1"",
      "14:37 Paging Alice: rose from P2 to P1",
      "14:37 Next: pages Bob at 14:47 UTC (in 10 min) unless someone acknowledges",
      "14:37 Paged Alice via pager",
      "14:38 Alice acknowledged their page",
      "14:39 1 alert firing: payment-service answers in 10 s and more",
      "14:39 New alerts fire; messaged Alice: payment-service answers in 10 s and more",
      "14:39 Next: pages Alice at 14:49 UTC (in 10 min) unless someone acknowledges",
      "14:48 Alice marked it mitigated",
      "14:51 2 alerts resolved: error rate 15 %, threshold 5 % · payment-service answers in 10 s and more",
      "14:53 1 alert resolved: Order processing delayed: latency above 5 s",
      "14:53 All alerts resolved. Auto-resolves at 14:54 UTC unless one fires again",
      "14:54 Resolved: every alert is quiet",
      "14:54 Postmortem draft posted",
    ]
  `);

  expect(await channel.members()).toEqual(["alice", "bob", "charlie"]);
  expect(await channel.topic()).toBe("P1 (SEV-2) · IC: Alice · order-service");
  card = await channel.expectCard(
    "*resolved*",
    "0 of 3 alerts firing",
    "https://runbooks.example/orders",
    "https://grafana.example/d/orders",
  );
  expect(card.buttons).toEqual([]);
  await channel.expectMessages(
    /Paged Alice via pager\n.*Acknowledged by Alice.*\n.*Alice is Incident Commander.*\n.*Bob is Scribe.*\n.*Paged Alice via pager.*\n.*Alice acknowledged their page/,
    "P2 → P1 (SEV-2): error rate 15 %",
    /New alerts fire; messaged Alice.*\n.*1 alert firing: payment-service answers in 10 s and more/,
    "Alice marked it mitigated",
    /2 alerts resolved.*\n.*1 alert resolved.*\n.*Auto-resolves at <!date\^\d+\^\{time\}\|14:54 UTC>/,
    "Resolved: every alert is quiet",
  );
  for (const name of ["incidents", "payments"])
    await (await slack.channel(name)).expectMessages("INC-1 P1 resolved: order-service: Order processing delayed");
  expect(await house.emulated.bookmarks(channel.id)).toMatchObject([
    { title: "INC-1 page" },
    { title: "Runbook" },
    { title: "Orders" },
    { title: "Postmortem" },
  ]);

  const draft = await channel.expectFile("INC-1-postmortem-1.md");
  expect(draft).toBe(
    await (
      await house.app.get("/api/incidents/INC-1/postmortem")
    )
      .text()
      .then((text) => text.replace(/.*Postmortem draft posted.*\n/, "")),
  );
  for (const line of [
    /^# INC-1 order-service: Order processing delayed: latency above 5 s, 2026-11-21 14:32–14:54 UTC$/m,
    /for 22 min\. An alert detected it at once\. It was acknowledged after 3 min\. It was mitigated after 16 min\. It resolved when its alerts did\.$/m,
    /^Alerts say that something was wrong from 2026-11-21 14:32:00 UTC to 2026-11-21 14:53:00 UTC \(21 min\): 3 alerts\.$/m,
    /^Labels: alertname=".+service="order-service"/m,
    /^\| P1 \| 17 min \|/m,
    /^\| P2 \| 5 min \|/m,
    /^\| Incident Commander \| Alice \| 2026-11-21 14:35:\d\d UTC \| 19 min \|/m,
    /^\| 2026-11-21 14:48:00 \| Alice marked it mitigated \| Alice \|/m,
    /^TODO\(Alice\): The primary cause/m,
  ])
    expect(draft).toMatch(line);
});
