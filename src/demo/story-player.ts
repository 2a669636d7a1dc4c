import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import type { RunningMuster } from "#app/main.ts";
import { missingFromStory, printOutcome } from "./story-report.ts";
import { playBeat, type StoryAlerts } from "./story-acts.ts";
import { fetchShown, runsOf, type ShownIncident, type StoryStage } from "./story-requests.ts";
import { END_MINUTE, STORY_BEATS } from "./story.ts";

type Teller = ReturnType<typeof startNarration>;

/** Plays the story and answers what should have happened and did not. */
export async function playStory(stage: StoryStage): Promise<string[]> {
  const { muster, clock, pace, storyStart, directory, terminal } = stage;
  const narration = startNarration(stage);
  const fired: StoryAlerts = new Map();
  for (const scene of STORY_BEATS) {
    await until(clock, pace, storyStart + scene.minute * MINUTE_MS, narration);
    terminal.printLine(`${formatUtcTime(clock())}  ▶ ${scene.narration}`);
    await playBeat(scene, stage, fired);
  }
  await until(clock, pace, storyStart + END_MINUTE * MINUTE_MS, narration);
  const incident = await waitForEnd(stage, narration);
  const file = await writePostmortem(muster, directory);
  const { incidents } = await fetchShown<{ incidents: ShownIncident[] }>(muster, "/api/incidents");
  const [run] = await runsOf(muster);
  const outcome = { incident, incidents, run, seen: narration.seen, file };
  printOutcome(outcome, stage);
  return missingFromStory(outcome, stage);
}

/** What is under way gets a real minute at the most. */
async function waitForEnd({ muster, pagerduty, wallClock }: StoryStage, narration: Teller): Promise<ShownIncident> {
  const deadline = wallClock() + MINUTE_MS;
  let incident = await fetchShown<ShownIncident>(muster, "/api/incidents/INC-1");
  const proved = async (): Promise<boolean> => (await runsOf(muster))[0]?.state === "succeeded";
  const allResolved = (): boolean => [...pagerduty.incidents.values()].every(({ status }) => status === "resolved");
  while (
    wallClock() < deadline &&
    !(incident.status === "resolved" && narration.seen.has("draft.posted") && allResolved() && (await proved()))
  ) {
    await sleep(200);
    await narration.narrate();
    incident = await fetchShown<ShownIncident>(muster, "/api/incidents/INC-1");
  }
  return incident;
}

/** Keeps the postmortem as a file and answers where. */
async function writePostmortem(muster: RunningMuster, directory: string): Promise<string> {
  const markdown = await (
    await fetch(`${muster.url}/api/incidents/INC-1/postmortem`, { headers: { accept: "text/markdown" } })
  ).text();
  const file = join(directory, "INC-1-postmortem.md");
  writeFileSync(file, markdown);
  return file;
}

/** Prints what is new in the timelines. */
function startNarration({ muster, terminal }: StoryStage): { readonly seen: Set<string>; narrate(): Promise<void> } {
  const shownLines = new Set<string>();
  const seen = new Set<string>();
  return {
    seen,
    async narrate() {
      for (const id of ["INC-1", "INC-2"]) {
        const { entries } = await fetchShown<{ entries?: { at: string; type: string; summary: string }[] }>(
          muster,
          `/api/incidents/${id}/timeline`,
        );
        for (const { at, type, summary } of entries ?? []) {
          const line = `${at.slice(11, 16)}      ${id}  ${summary}`;
          if (shownLines.has(`${at} ${line}`)) continue;
          shownLines.add(`${at} ${line}`);
          seen.add(type);
          terminal.printLine(line);
        }
      }
    },
  };
}

async function until(
  clock: () => Instant,
  pace: number,
  at: Instant,
  narration: { narrate(): Promise<void> },
): Promise<void> {
  do {
    await sleep(Math.max(10, Math.min(250, (at - clock()) / pace)));
    await narration.narrate();
  } while (clock() < at);
}
