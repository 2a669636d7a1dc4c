import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeLive } from "#test/support/harness/servers/live.ts";
import { errorsIn, startMuster } from "#test/support/harness/processes/muster-process.ts";
import {
  expectNoViolations,
  slackFindings,
  readIncident,
  readMetric,
  waitForChannel,
  waitForStatus,
  startLiveSetup,
  waitUntilSettled,
  timelineOf,
} from "#test/support/harness/processes/live-setup.ts";
import type { KillPlan } from "#test/support/harness/processes/victim.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { CHECKOUT_OUTAGE } from "#test/support/harness/processes/alert-storm.ts";
import { WHOLE_STORY } from "#test/support/harness/processes/slack-show.ts";

/** Whether the kernel has stopped a process. */
const isFrozen = (pid: number): boolean => /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));

describeLive(
  "A worker that freezes",
  ["postgres", "redis"],
  () => {
    const points: readonly KillPlan[] = [
      { step: "perform.claimed", type: "page.trigger" },
      { step: "perform.claimed", type: "chat.channel" },
      { step: "perform.claimed", type: "chat.header" },
      { step: "perform.claimed", type: "chat.announce" },
      { step: "perform.claimed", type: "chat.feed" },
      { step: "perform.called", type: "chat.channel" },
      { step: "perform.called", type: "chat.header" },
      { step: "apply.committing" },
    ];
    for (const doom of points)
      test(`is replaced when frozen at ${doom.step} ${doom.type ?? ""}, and does nothing twice when it thaws`, async () => {
        const stage = await startLiveSetup("redis");
        // A claim must outlast the slowest call, here as in the world: a call has five seconds.
        const victim = { pager: stage.pager.url, leaseMs: 6_000 };
        const [web, frozen] = await Promise.all([
          startMuster({ env: stage.env, victim, role: "web" }),
          startMuster({ env: stage.env, victim: { ...victim, doom: { ...doom, signal: "SIGSTOP" } }, role: "worker" }),
        ]);
        await Promise.all([web.ready(), frozen.ready()]);
        await web.fire(CHECKOUT_OUTAGE);
        await waitFor(() => isFrozen(frozen.pid), { what: "the worker to freeze" });
        const other = await startMuster({ env: stage.env, victim, role: "worker" });
        await waitFor(async () => (await readIncident(web))?.pages[0]?.status === "sent", {
          what: "the other worker to page",
          timeoutMs: 30_000,
          everyMs: 100,
        });
        await waitForChannel(web, { timeoutMs: 30_000 });

        frozen.signal("SIGCONT");
        await waitFor(async () => (await frozen.get("/health/live")).status === 200, { what: "the worker to thaw" });
        // What it had begun it brings to an end, one way or the other.

        if (doom.type !== undefined)
          await waitFor(
            async () => (await readMetric(frozen, "muster_effects_total", `type="${doom.type ?? ""}"`)) > 0,
            {
              what: "the worker to go on where it was",
            },
          );
        await web.resolve(CHECKOUT_OUTAGE);
        await waitForStatus(web, "resolved", { timeoutMs: 30_000 });
        await waitFor(async () => (await timelineOf(web)).some(({ type }) => type === "draft.posted"), {
          what: "the draft",
        });
        await waitUntilSettled(web);

        expect(await slackFindings(stage)).toMatchObject({
          channels: 1,
          headers: 1,
          drafts: 1,
          pinned: [expect.stringContaining("resolved")],
          announced: [expect.stringContaining("resolved")],
          twice: [],
        });
        expect((await timelineOf(web)).map(({ type }) => type).toSorted()).toEqual(WHOLE_STORY.toSorted());
        expect(new Set(stage.pager.triggers.map(({ dedupKey }) => dedupKey)).size).toBe(1);
        // It may have frozen with the right to decide in its hand; until the server takes that away, the others say so.
        const reply = [web, other]
          .flatMap(({ log }) => errorsIn(log))
          .filter(({ msg }) => msg !== "a lane failed; its work stays stored and is retried");
        expect(reply).toEqual([]);
        await Promise.all([web.stop(), other.stop(), frozen.stop()]);
        expectNoViolations(stage);
        await stage.close();
      });
  },
  { concurrent: true },
);
