import { describe, expect, test } from "vitest";
import {
  clickCard,
  slackFindings,
  waitForChannel,
  waitForStatus,
  waitUntilSettled,
} from "#test/support/harness/processes/live-setup.ts";
import { describeLive } from "#test/support/harness/servers/live.ts";
import { lacksEarlier } from "#test/support/harness/upgrade/earlier-version.ts";
import {
  firstRunState,
  LANES_OF_EARLIER,
  sendVerb,
  startTwoVersions,
} from "#test/support/harness/upgrade/two-versions.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { ERROR_RATE, STUCK_MAILS } from "#test/support/harness/upgrade/upgrade-alerts.ts";

/** Verbs for an open incident. */
const VERBS = [
  "note the pool is exhausted",
  "task ask the bank",
  "task done 1",
  "update we know the cause",
  "severity P0 it grows",
  "severity P1 it was not so bad",
  "title Payments fail",
  "mitigate",
  "undo",
  "mitigate",
];

const missing = lacksEarlier();

if (missing !== null)
  describe("The work of an earlier version and this one", () =>
    test.skipIf(process.env["CI"] === undefined)(`cannot be tested: ${missing}`, () => expect(missing).toBeNull()));
else
  describeLive("One version receives and the other works", ["postgres"], () => {
    // Neither can do the work of the other: one only receives, the other only works.
    test.each([
      ["earlier", "later"],
      ["later", "earlier"],
    ] as const)("the %s version stores everything, the %s one applies and performs it", async (receives, works) => {
      const versions = await startTwoVersions("postgres");
      try {
        const { stage, world } = versions;
        const [started] = await Promise.all([versions.start(receives, "web"), versions.start(works, "worker")]);
        // What a later version stores in a lane of its own waits until a later worker comes, which it never does here.
        const web = { ...started, lanes: LANES_OF_EARLIER };
        await web.fire(ERROR_RATE);
        await waitForChannel(web);
        await waitFor(() => versions.pagedFor(1).length >= 3, { what: "the escalation", timeoutMs: 30_000 });
        for (const button of ["Acknowledge", "Take command"])
          expect((await clickCard(stage, web, button, "bob")).status).toBe(200);
        await waitUntilSettled(web);
        for (const text of VERBS) await sendVerb(web, `INC-1 ${text}`, "Bob");
        await web.fire(STUCK_MAILS);
        await waitForChannel(web, { number: 2 });
        await waitFor(async () => (await firstRunState(web)) === "waiting-approval", {
          what: "the question",
          timeoutMs: 20_000,
        });
        for (const name of ["alice", "bob"] as const) await versions.approveRun(web, 1, name);
        await waitFor(async () => (await firstRunState(web)) === "succeeded", {
          what: "the run to succeed",
          timeoutMs: 30_000,
        });
        expect(world.effects.get("mail-service")).toHaveLength(1);
        await sendVerb(web, "INC-2 merge INC-1", "Bob");
        await sendVerb(web, "mute service=legacy-service 1h it is taken down", "Bob");
        await sendVerb(web, "declare P3 The office is dark", "Bob");
        await web.resolve(ERROR_RATE, STUCK_MAILS);
        await waitForStatus(web, "resolved");
        expect(await slackFindings(stage)).toMatchObject({ channels: 1, headers: 1, drafts: 1, twice: [] });
        // Alice once more, when it became a P0.
        expect(versions.pagedFor(1).toSorted()).toEqual(["Alice", "Alice", "Bob", "Dana"]);
        await waitUntilSettled(web);
        await versions.expectNoSelfAlert();
      } finally {
        await versions.close();
      }
    });
  });
