import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { describeLive } from "#test/support/harness/servers/live.ts";
import { errorsIn, startMuster, type MusterProcess } from "#test/support/harness/processes/muster-process.ts";
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
  type LiveSetup,
} from "#test/support/harness/processes/live-setup.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import type { KillPlan } from "#test/support/harness/processes/victim.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { CHECKOUT_OUTAGE } from "#test/support/harness/processes/alert-storm.ts";
import { WHOLE_STORY } from "#test/support/harness/processes/slack-show.ts";

/** Whether the kernel has stopped a process. */
const isFrozen = (pid: number): boolean => /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));

/** Doors and two workers; whichever of these meets the doom in the file freezes. */
type Crew = {
  readonly stage: LiveSetup;
  readonly web: MusterProcess;
  readonly workers: readonly [MusterProcess, MusterProcess];
  readonly doomFile: string;
  incidents: number;
};

/** Those that wait for the next test: they thawed, and go on. */
const idle: Crew[] = [];
afterAll(async () => {
  for (const { stage, web, workers } of idle) {
    await Promise.all([web, ...workers].map((each) => each.stop()));
    await stage.close();
  }
});

async function startCrew(): Promise<Crew> {
  const stage = await startLiveSetup("redis", {
    adjust: (policy) => ({ ...policy, paging: { perPerson: 100 } }),
  });
  const doomFile = join(temporaryDirectory("dooms"), "doom");
  // A claim must outlast the slowest call, here as in the world: a call has five seconds.
  const victim = { pager: stage.pager.url, leaseMs: 6_000 };
  const [web, ...workers] = await Promise.all([
    startMuster({ env: stage.env, victim, role: "web" }),
    startMuster({ env: stage.env, victim: { ...victim, doomFile }, role: "worker" }),
    startMuster({ env: stage.env, victim: { ...victim, doomFile }, role: "worker" }),
  ]);
  await Promise.all([web, ...workers].map((each) => each.ready()));
  return { stage, web, workers, doomFile, incidents: 0 };
}

async function isReplaced(crew: Crew, doom: KillPlan): Promise<void> {
  const { stage, web, workers, doomFile } = crew;
  const number = ++crew.incidents;
  const alert = { ...CHECKOUT_OUTAGE, service: `checkout-${number}` };
  const performedBy = (each: MusterProcess): Promise<number> =>
    readMetric(each, "muster_effects_total", `type="${doom.type ?? ""}"`);
  const before = new Map(await Promise.all(workers.map(async (each) => [each, await performedBy(each)] as const)));
  const logged = new Map([web, ...workers].map((each) => [each, each.log.length]));
  writeFileSync(`${doomFile}.part`, JSON.stringify({ ...doom, signal: "SIGSTOP", number }));
  renameSync(`${doomFile}.part`, doomFile);
  await web.fire(alert);
  const frozen = await waitFor(() => workers.find(({ pid }) => isFrozen(pid)), { what: "a worker to freeze" });
  await waitFor(async () => (await readIncident(web, number))?.pages[0]?.status === "sent", {
    what: "the other worker to page",
    timeoutMs: 30_000,
    everyMs: 100,
  });
  await waitForChannel(web, { number, timeoutMs: 30_000 });

  frozen.signal("SIGCONT");
  await waitFor(async () => (await frozen.get("/health/live")).status === 200, { what: "the worker to thaw" });
  // What it had begun it brings to an end, one way or the other.
  if (doom.type !== undefined)
    await waitFor(async () => (await performedBy(frozen)) > before.get(frozen)!, {
      what: "the worker to go on where it was",
    });
  await web.resolve(alert);
  await waitForStatus(web, "resolved", { number, timeoutMs: 30_000 });
  await waitFor(async () => (await timelineOf(web, number)).some(({ type }) => type === "draft.posted"), {
    what: "the draft",
  });
  await waitUntilSettled(web);

  expect(await slackFindings(stage, number)).toMatchObject({
    channels: 1,
    headers: 1,
    drafts: 1,
    pinned: [expect.stringContaining("resolved")],
    announced: [expect.stringContaining("resolved")],
    twice: [],
  });
  expect((await timelineOf(web, number)).map(({ type }) => type).toSorted()).toEqual(WHOLE_STORY.toSorted());
  const pages = stage.pager.triggers.filter(({ dedupKey }) => dedupKey.startsWith(`muster:INC-${number}:`));
  expect(new Set(pages.map(({ dedupKey }) => dedupKey)).size).toBe(1);
  // It may have frozen with the right to decide in its hand; until the server takes that away, the others say so.
  const errors = [web, ...workers.filter((each) => each !== frozen)]
    .flatMap((each) => errorsIn(each.log.slice(logged.get(each))))
    .filter(({ msg }) => msg !== "a lane failed; its work stays stored and is retried");
  expect(errors).toEqual([]);
  expectNoViolations(stage);
}

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
        const crew = idle.pop() ?? (await startCrew());
        try {
          await isReplaced(crew, doom);
          idle.push(crew);
        } catch (error) {
          await Promise.all([crew.web, ...crew.workers].map((each) => each.kill()));
          await crew.stage.close();
          throw error;
        }
      });
  },
  { concurrent: true },
);
