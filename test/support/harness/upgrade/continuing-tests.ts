import { expect, test } from "vitest";
import type { Actor } from "#domain/values/language.ts";
import { ingestUnsilenced } from "#engine/alerting/silence-expiry.ts";
import { HOUR, MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";
import type { UpgradeSession } from "./upgrade-session.ts";

const ALICE: Actor = { kind: "person", id: "U0ALICE01", name: "Alice" };
const BOB: Actor = { kind: "person", id: "U0BOB0001", name: "Bob" };

export function testPendingWork(session: UpgradeSession): void {
  const { expected, names, incidents, entriesSince, pagedFor, passUntil, readAs, readIncident, rows, typesSince } =
    session;

  test("applies each pending command once", async () => {
    session.app.time.now += 30 * SECOND;
    await passUntil(31 * SECOND);
    const ids = expected.pending.map(({ id }) => id);
    const done = await rows<{ type: string; outcome: string | null }>(
      `select type, outcome from commands where id in (${ids.join(", ")}) order by id`,
    );
    expect(done).toEqual(
      expected.pending.map(({ type }) => ({ type, outcome: expect.stringMatching(/^(?:applied|opened INC-\d+)$/) })),
    );
    expect(await readIncident(names["storm"]!)).toMatchObject({ status: "acknowledged" });
    expect((await entriesSince("survivor")).map(({ summary }) => summary)).toContainEqual(
      expect.stringContaining("Stored by the old version."),
    );
    expect(await typesSince("acknowledged")).toContain("update.overdue");
    expect(await typesSince("untold")).toEqual(
      expect.arrayContaining(["page.sent", "channel.opened", "run.requested"]),
    );
    const now = await readAs<{ incidents: { id: string; title: string; service: string | null }[] }>(
      "/api/incidents?limit=500&private=true",
    );
    const fresh = now.incidents.filter(({ id }) => !incidents.includes(id)).map(({ title }) => title);
    expect(fresh.toSorted()).toEqual(["Declared at the last second", "Down of stream-service"]);
  });

  test("performs the pending effects and repeats none that was performed", async () => {
    expect(await rows("select key, error from effects where status = 'failed'")).toEqual([]);
    const left = await rows<{ key: string }>(
      `select key from effects where id in (${expected.effects.map(({ id }) => id).join(", ")}) and status <> 'done'`,
    );
    expect(left).toEqual([]);
    expect(pagedFor("unpaged")).toEqual(["Charlie, Bob"]);
    expect(pagedFor("paged")).toEqual([]);
    const rooms = [...session.app.chat.channels.values()].map(({ name }) => /^inc-\d+-/.exec(name)![0]);
    expect(rooms.toSorted()).toEqual([...new Set(rooms)].toSorted());
    for (const title of ["unpaged", "paged", "untold"]) {
      const { channel } = (await readIncident(names[title]!)) as { channel: { id: string } };
      expect(
        session.app.chat.in(channel.id).filter(({ pinned }) => pinned),
        title,
      ).toHaveLength(1);
    }
    expect(session.app.tickets.opened.map(({ key }) => key)).toEqual([
      ...new Set(session.app.tickets.opened.map(({ key }) => key)),
    ]);
    expect(await readIncident(names["ticketless"]!)).toMatchObject({
      tickets: [{ key: expect.stringMatching(/^T-\d+$/) }],
    });
  });
}

export function testEarlierMessages(session: UpgradeSession): void {
  const { world, names, passUntil, readIncident, submitCommand, timelineOf, typesSince } = session;

  test("undoes a person's last verb that the earlier version applied", async () => {
    const before = await timelineOf("acknowledged");
    expect(before.map(({ summary }) => summary)).toContainEqual("Bob: The carrier answers: an hour more.");
    await submitCommand("acknowledged", { type: "undo" }, BOB);
    expect((await typesSince("acknowledged")).at(-1)).toBe("verb.undone");
    const struckOut = (await timelineOf("acknowledged")).find(
      ({ seq }) => seq === before.find(({ summary }) => summary.includes("The carrier answers"))!.seq,
    );
    expect(struckOut).not.toMatchObject({ summary: "Bob: The carrier answers: an hour more." });
  });

  test("edits the card that the earlier version posted, and posts no second one", async () => {
    for (const title of ["acknowledged", "triggered", "mitigated"]) {
      const { channel } = (await readIncident(names[title]!)) as { channel: { id: string } };
      await submitCommand(title, { type: "note.add", text: "Said to the new version." }, BOB);
      await passUntil(session.app.time.now - world.now + 2 * SECOND);
      expect(
        session.app.chat.in(channel.id).filter(({ key }) => key.startsWith("chat.header:")),
        title,
      ).toEqual([expect.objectContaining({ pinned: true })]);
    }
  });
}

export function testDeadlines(session: UpgradeSession): void {
  const { names, pagedFor, passUntil, readIncident, submitCommand, typesSince } = session;

  test("auto-resolves, with a draft, when a quiet period ends that began under the earlier version", async () => {
    await passUntil(5 * MINUTE);
    expect(await readIncident(names["mitigated"]!)).toMatchObject({ status: "resolved" });
    expect(await typesSince("mitigated")).toEqual(["note.added", "incident.resolved", "draft.posted"]);
  });

  test("continues the escalation at the step where it was", async () => {
    await passUntil(6 * MINUTE - SECOND);
    expect(pagedFor("triggered")).toEqual([]);
    await passUntil(6 * MINUTE);
    expect(pagedFor("triggered")).toEqual(["Bob"]);
    await passUntil(10 * MINUTE);
    expect([pagedFor("unpaged"), pagedFor("paged")]).toEqual([["Charlie, Bob", "Bob"], ["Bob"]]);
    await passUntil(16 * MINUTE);
    expect(pagedFor("triggered")).toEqual(["Bob", "Dana"]);
    expect((await typesSince("triggered")).filter((type) => type.startsWith("escalation"))).toEqual([
      "escalation.advanced",
      "escalation.armed",
      "escalation.advanced",
      "escalation.armed",
    ]);
    await submitCommand("triggered", { type: "incident.acknowledge" }, BOB);
    expect(await readIncident(names["triggered"]!)).toMatchObject({
      status: "acknowledged",
      escalation: { next: null },
    });
  });
}

export function testRunsGoOn(session: UpgradeSession): void {
  const { runs, answerRun, numberOf, passUntil, resolveAlert, rows, runOf, typesSince } = session;

  test("continues a run between two steps and repeats neither", async () => {
    const [found] = await rows<{ steps: string }>(
      `select string_agg(idx || ' ' || attempt || ' ' || state, ', ' order by idx, attempt) as steps from steps where run = ${numberOf(runs["between"])}`,
    );
    expect(found?.steps).toBe("0 1 finished, 1 1 finished");
    expect(await runOf("between")).toMatchObject({ state: "waiting-approval" });
    expect(await answerRun("untold", { do: "deny", run: numberOf(runs["between"]), hash: null }, BOB)).toMatchObject({
      ok: true,
    });
    expect(await runOf("between")).toMatchObject({ state: "canceled", reason: "Bob denied cancel" });
    expect(await answerRun("untold", { do: "approve", run: numberOf(runs["told"]), hash: null }, BOB)).toMatchObject({
      ok: true,
    });
    expect(await runOf("told")).toMatchObject({ state: "verifying" });
  });

  test("finishes a run that waited for approval", async () => {
    expect(await runOf("asks")).toMatchObject({ state: "waiting-approval" });
    expect(await answerRun("asks", { do: "approve", run: numberOf(runs["asks"]), hash: null }, ALICE)).toMatchObject({
      ok: true,
    });
    // One question was asked for both.
    expect([(await runOf("asks")).state, (await runOf("joins")).state]).toEqual(["verifying", "verifying"]);
    for (const service of ["cart-service", "price-service", "desk-service"])
      session.app.metrics.values.set(`latency{service="${service}"}`, 0.5);
    await resolveAlert("cart-service");
    await resolveAlert("price-service");
    await passUntil(18 * MINUTE);
    expect([(await runOf("asks")).state, (await runOf("joins")).state, (await runOf("told")).state]).toEqual([
      "succeeded",
      "succeeded",
      "succeeded",
    ]);
    expect((await typesSince("asks")).filter((type) => /^(?:run|step)\./.test(type))).toEqual([
      "run.overdue",
      "run.approved",
      "run.started",
      "step.finished",
      "run.succeeded",
    ]);
  });

  test("lets people settle a step with an unknown outcome, and finishes a verification that had started", async () => {
    expect(
      await answerRun("doubts", { do: "settle", run: numberOf(runs["doubts"]), answer: "happened" }, ALICE),
    ).toMatchObject({ ok: true });
    session.app.metrics.values.set('latency{service="offer-service"}', 0.5);
    await resolveAlert("offer-service");
    await passUntil(20 * MINUTE);
    expect(await runOf("doubts")).toMatchObject({ state: "succeeded" });
    // Its ten minutes of verification passed without effect.
    expect(await runOf("verifies")).toMatchObject({ state: "failed" });
    expect(session.app.source.called).toEqual([...new Set(session.app.source.called)]);
  });
}

export function testTheWeekAfter(session: UpgradeSession): void {
  const { world, names, pagedFor, passUntil, readAs, readJson, rows, say, typesSince } = session;

  test("ingests the suppressed alert when its silence ends", async () => {
    await passUntil(21 * MINUTE);
    await ingestUnsilenced(session.app.engine, session.app.submit);
    await session.app.settles();
    const { incidents: found } = await readAs<{ incidents: { title: string }[] }>(
      "/api/incidents?service=legacy-service",
    );
    expect(found).toMatchObject([{ title: "Down of legacy-service" }]);
    expect(await readAs<{ incidents: object[] }>("/api/incidents?service=warehouse-service")).toMatchObject({
      incidents: [],
    });
  });

  test("has failed, repeated and reported nothing so far", async () => {
    const pages = [...world.paged, ...session.app.paging.triggered].map(
      ({ dedupKey, priority, to }) => `${dedupKey} ${priority} ${to}`,
    );
    expect(pages.toSorted()).toEqual([...new Set(pages)].toSorted());
    expect(await rows("select type, outcome from commands where outcome like 'failed%'")).toEqual([]);
    expect(await rows("select key, error from effects where status = 'failed'")).toEqual([]);
    expect([...session.app.chat.repeated, ...session.app.chat.problems]).toEqual([]);
    expect(session.app.log.selfAlerts).toEqual([]);
  });

  test("expires an acknowledgement without activity", async () => {
    await passUntil(36 * MINUTE);
    expect(await typesSince("drill")).toContain("incident.unacknowledged");
    expect(pagedFor("drill").length).toBeGreaterThan(0);
  });

  test("reviews and closes the postmortem by commands", async () => {
    expect(await say(`${names["reviewed"]} postmortem reviewed`, "Charlie")).toMatchObject({ status: 200 });
    expect(await say(`${names["reviewed"]} postmortem close`, "Alice")).toMatchObject({ status: 200 });
    expect((await typesSince("reviewed")).slice(-2)).toEqual(["postmortem.reviewed", "postmortem.closed"]);
    expect(await readJson(`/api/incidents/${names["reviewed"]}/postmortem`)).toMatchObject({
      review: { state: "closed" },
    });
  });

  test("archives channels and sends reminders within a week, without a failure", async () => {
    await lowerEveryIncident(session);
    await session.app.settles();
    await passUntil(8 * 24 * HOUR);
    expect(await typesSince("reviewed")).toContain("channel.archived");
    expect((await typesSince("succeeded")).filter((type) => type === "postmortem.nudged").length).toBeGreaterThan(0);
    expect(
      await rows("select id, type, outcome from commands where done_at is null or outcome like 'failed%'"),
    ).toEqual([]);
    // The last change of a topic may come when the channel is archived already.
    expect(
      await rows("select key, error from effects where status = 'failed' and error not like '% is archived'"),
    ).toEqual([]);
    expect([...session.app.chat.repeated, ...session.app.chat.problems]).toEqual([]);
  });
}

/** What no one answers pages again and again, all week long: a priority that pages no one ends that. */
async function lowerEveryIncident({ app, rows }: UpgradeSession): Promise<void> {
  const open = await rows<{ number: number }>(
    "select number from incidents where status in ('triggered', 'acknowledged', 'mitigated')",
  );
  for (const { number } of open)
    await app.submit(
      aSubmission(
        {
          type: "incident",
          incident: number,
          command: { type: "incident.set_priority", priority: "P4", reason: "the week passes" },
        },
        { key: `calm ${number}`, actor: ALICE },
      ),
    );
}
