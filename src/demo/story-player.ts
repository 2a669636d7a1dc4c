import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { printLine } from "#app/terminal.ts";
import { formatDuration, formatUtcTime } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import type { RunningMuster } from "#app/main.ts";
import type { ClusterDouble } from "./demo-cluster.ts";
import type { PagerDutyDouble } from "./pagerduty-double.ts";
import { BUTTON_ACTIONS } from "#views/values/action-buttons.ts";
import { buildClick, sendSigned, typeCommand } from "./slack-person.ts";
import {
  CASE_STUDY_MINUTES,
  buildDelivery,
  END_MINUTE,
  STORY_RUNBOOK,
  STORY_BEATS,
  type StoryBeat,
  type StoryAlert,
} from "./story.ts";
import type { DemoWorkspace } from "./demo-workspace.ts";
import { systemClock } from "#app/clock.ts";

/** What signs what people of the demo do in Slack. */
export const DEMO_SIGNING_SECRET = "demo-signing-secret";
const MINUTE = 60_000;

type Stage = {
  readonly muster: RunningMuster;
  readonly workspace: DemoWorkspace;
  readonly clock: () => Instant;
  readonly pace: number;
  readonly storyStart: Instant;
  readonly directory: string;
  readonly pagerduty: PagerDutyDouble;
  readonly cluster: ClusterDouble;
};

/** Plays the story and answers what should have happened and did not. */
export async function playStory(stage: Stage): Promise<string[]> {
  const { muster, pagerduty, cluster, clock, pace, storyStart, directory } = stage;
  const teller = tell(muster);
  const startsAt = new Map<string, Instant>();
  const known = new Map<string, StoryAlert>();
  for (const beat of STORY_BEATS) {
    await until(clock, pace, storyStart + beat.minute * MINUTE, teller);
    printLine(`${formatUtcTime(clock())}  ▶ ${beat.tells}`);
    await act(beat, stage, startsAt, known);
  }
  await until(clock, pace, storyStart + END_MINUTE * MINUTE, teller);
  // What is under way gets a real minute at the most.
  const deadline = systemClock() + 60_000;
  let incident = await get<Shown>(muster, "/api/incidents/INC-1");
  const proved = async (): Promise<boolean> => (await runsOf(muster))[0]?.state === "succeeded";
  const calm = (): boolean => [...pagerduty.incidents.values()].every(({ status }) => status === "resolved");
  while (
    systemClock() < deadline &&
    !(incident.status === "resolved" && teller.seen.has("draft.posted") && calm() && (await proved()))
  ) {
    await sleep(200);
    await teller.tell();
    incident = await get<Shown>(muster, "/api/incidents/INC-1");
  }
  const markdown = await (
    await fetch(`${muster.url}/api/incidents/INC-1/postmortem`, { headers: { accept: "text/markdown" } })
  ).text();
  const file = join(directory, "INC-1-postmortem.md");
  writeFileSync(file, markdown);
  const { incidents } = await get<{ incidents: Shown[] }>(muster, "/api/incidents");

  printLine();
  printLine(`INC-1      ${incident.title}`);
  printLine(`Priority   P2 → ${incident.priority} (${incident.sev})`);
  printLine(`Channel    #${incident.channel?.name ?? "none"}`);
  printLine(
    `Commander  ${incident.roles.commander?.name ?? "nobody"} · Technical Lead ${incident.roles.tech?.name ?? "nobody"} · Scribe ${incident.roles.scribe?.name ?? "nobody"}`,
  );
  printLine(`Paged      ${incident.pages.map(({ to, via }) => `${to} (${via})`).join(", ")}`);
  printLine(
    `Lasted     ${incident.resolvedAt === null ? "not resolved" : formatDuration(Date.parse(incident.resolvedAt) - Date.parse(incident.detectedAt))}`,
  );
  const [run] = await runsOf(muster);
  const helped = run?.steps.find(({ before }) => before !== null);
  const figures = (values: readonly (number | null)[] | null | undefined): string =>
    (values ?? []).map((value) => value ?? "no data").join(", ");
  printLine(
    `Mitigated  by ${run?.id ?? "no run"} (${STORY_RUNBOOK}), approved by Alice: ${run?.state === "succeeded" ? "verified" : (run?.state ?? "never run")}`,
  );
  printLine(
    `           ${helped?.step ?? "nothing"}: latency in s, share of errors ${figures(helped?.before)} → ${figures(helped?.after)}`,
  );
  const lasted =
    incident.resolvedAt === null ? null : Date.parse(incident.resolvedAt) - Date.parse(incident.detectedAt);
  printLine(
    `MTTR       ${lasted === null ? "none" : formatDuration(lasted)} in story time (the demo's clock runs ${pace} times as fast; its people act when the story says)`,
  );
  printLine(
    `           The case study took ${CASE_STUDY_MINUTES} min: its restart came after 16 min of looking, and not with the first alert's diagnosis.`,
  );
  printLine(`Page       ${muster.url}/incidents/INC-1`);
  printLine(`Postmortem ${file}`);
  printLine(`           ${muster.url}/api/incidents/INC-1/postmortem`);

  const expected: [string, boolean][] = [
    ["an incident channel", incident.channel !== null],
    ["the severity rises from P2 to P1", incident.priority === "P1" && teller.seen.has("priority.changed")],
    ["Alice is paged at P2 and again at P1", incident.pages.filter(({ to }) => to === "Alice").length === 2],
    [
      "nobody acknowledges, and Bob is paged, her backup",
      incident.pages.some(({ to, via }) => to === "Bob" && via === "pagerduty responder request"),
    ],
    [
      "PagerDuty has an alarm for P2 and one for P1, both over",
      [...pagerduty.incidents.values()].map(({ status }) => status).join() === "resolved,resolved",
    ],
    ["Alice acknowledges in PagerDuty", teller.seen.has("incident.acknowledged")],
    ["PagerDuty takes every request", pagerduty.violations.length === 0],
    [
      "Alice takes command and hands it over to Bob",
      incident.roles.commander?.name === "Bob" && teller.seen.has("handoff.offered"),
    ],
    [
      "Bob is Scribe, Charlie is Technical Lead",
      incident.roles.scribe?.name === "Bob" && incident.roles.tech?.name === "Charlie",
    ],
    ["Charlie's claim of command is refused", teller.seen.has("command.refused")],
    ["an update, and a note of the root cause", teller.seen.has("update.posted") && teller.seen.has("note.added")],
    ["a wrong priority, taken back", teller.seen.has("verb.undone")],
    ["a follow-up for Charlie", incident.tasks.some(({ owner }) => owner?.name === "Charlie")],
    [
      "one P3 incident beside it, without a channel",
      incidents.length === 2 && incidents.some(({ priority, channel }) => priority === "P3" && channel === null),
    ],
    [
      "the runbook restarts order-service, approved by Alice, and that is verified",
      run?.state === "succeeded" && teller.seen.has("run.approved"),
    ],
    ["the cluster takes every request", cluster.violations.length === 0],
    ["resolution by its alerts", incident.status === "resolved"],
    ["it is over sooner than the case study was", lasted !== null && lasted < CASE_STUDY_MINUTES * MINUTE],
    ["a postmortem draft in the channel", teller.seen.has("draft.posted")],
  ];
  return expected.filter(([, happened]) => !happened).map(([what]) => what);
}

type Shown = {
  readonly title: string;
  readonly priority: string;
  readonly sev: string;
  readonly status: string;
  readonly detectedAt: string;
  readonly resolvedAt: string | null;
  readonly channel: { readonly id: string; readonly name: string } | null;
  readonly roles: Readonly<Record<"commander" | "tech" | "comms" | "scribe", { readonly name: string } | null>>;
  readonly pages: readonly { readonly to: string; readonly via: string | null }[];
  readonly tasks: readonly { readonly owner: { readonly name: string } | null }[];
};

async function act(
  beat: StoryBeat,
  { muster, workspace, pagerduty, cluster, clock }: Stage,
  startsAt: Map<string, Instant>,
  known: Map<string, StoryAlert>,
): Promise<void> {
  const starts = (name: string): Instant => startsAt.get(name) ?? clock();
  if (beat.does === "alert") {
    startsAt.set(beat.alert.name, clock());
    known.set(beat.alert.name, beat.alert);
    await post(muster, buildDelivery([beat.alert], "firing", starts, clock()));
  } else if (beat.does === "resolve") {
    // Alerts end because it is well again, and for no other reason.
    await patiently("order-service is restarted", () => Promise.resolve(cluster.restartedAt())).catch(
      async (cause: unknown) => {
        const told = (await runsOf(muster)).map(({ id, state, reason }) => `${id} ${state} ${reason}`).join("; ");
        throw new Error(`order-service was not restarted: ${told}; ${cluster.violations.join("; ")}`, { cause });
      },
    );
    await post(
      muster,
      buildDelivery(
        beat.alerts.map((name) => known.get(name)!),
        "resolved",
        starts,
        clock(),
      ),
    );
  } else if (beat.does === "pager") {
    const [alarm] = pagerduty.incidents.keys();
    const agent = { id: "PALICE1", type: "user_reference", summary: "Alice" };
    const { status } = await pagerduty.webhook(muster.url, "incident.acknowledged", {
      key: alarm ?? "",
      agent,
      at: clock(),
    });
    if (status !== 202) throw new Error(`PagerDuty's webhook was answered with HTTP ${status}`);
  } else {
    const { channel } = await get<Shown>(muster, "/api/incidents/INC-1");
    const to = { url: muster.url, signingSecret: DEMO_SIGNING_SECRET };
    const as = workspace.people[beat.who];
    const trigger = `demo.${beat.minute}`;
    if (beat.does === "approve") {
      const value = await patiently("the card with Approve", () => approvable(muster, workspace, channel?.id ?? ""));
      const press = buildClick({
        as,
        actionId: BUTTON_ACTIONS.approveRun.id,
        value,
        channelId: channel?.id ?? "",
        messageTs: "1.1",
        trigger,
      });
      const response = await sendSigned(to, press);
      if (!response.ok) throw new Error(`the click was answered with HTTP ${response.status}`);
      return;
    }
    if (beat.does === "type") {
      const response = await typeCommand(to, { as, text: beat.text, channelId: channel?.id ?? "", trigger });
      if (!response.ok) throw new Error(`the command was answered with HTTP ${response.status}`);
      return;
    }
    const click = buildClick({
      as,
      actionId: beat.button,
      value: "1",
      channelId: channel?.id ?? "",
      messageTs: "1.1",
      trigger,
    });
    const response = await sendSigned(to, click);
    if (!response.ok) throw new Error(`the click was answered with HTTP ${response.status}`);
  }
}

/** What the Approve button of the run of the story says, once it is in the channel. */
async function approvable(muster: RunningMuster, workspace: DemoWorkspace, channel: string): Promise<string | null> {
  const run = (await runsOf(muster)).find(({ state }) => state === "waiting-approval");
  if (run === undefined) return null;
  const { messages } = await workspace.ask<{
    messages: { blocks?: { elements?: { action_id?: string; value?: string }[] }[] }[];
  }>("conversations.history", {
    channel,
    limit: 100,
  });
  const buttons = messages.flatMap(({ blocks }) => blocks ?? []).flatMap(({ elements }) => elements ?? []);
  return (
    buttons.find(
      ({ action_id: id, value }) => id === BUTTON_ACTIONS.approveRun.id && value?.includes(` ${run.id} `) === true,
    )?.value ?? null
  );
}

type ShownRun = {
  readonly id: string;
  readonly runbook: string;
  readonly state: string;
  readonly reason: string;
  readonly steps: readonly {
    readonly step: string;
    readonly before: readonly (number | null)[] | null;
    readonly after: readonly (number | null)[] | null;
  }[];
};

/** The runs of the story's runbook for INC-1, newest first. */
async function runsOf(muster: RunningMuster): Promise<readonly ShownRun[]> {
  return (await get<{ runs: ShownRun[] }>(muster, "/api/runs?incident=INC-1")).runs.filter(
    ({ runbook }) => runbook === STORY_RUNBOOK,
  );
}

/** Waits for what follows from what was done, at the most 20 real seconds. */
async function patiently<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  const deadline = systemClock() + 20_000;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (systemClock() > deadline) throw new Error(`it took too long: ${what}`);
    await sleep(100);
  }
}

async function post(muster: RunningMuster, delivery: object): Promise<void> {
  const response = await fetch(`${muster.url}/webhooks/alertmanager`, {
    method: "POST",
    body: JSON.stringify(delivery),
    headers: { "content-type": "application/json" },
  });
  if (response.status !== 202) throw new Error(`the webhook answered ${response.status}: ${await response.text()}`);
}

async function get<T>(muster: RunningMuster, path: string): Promise<T> {
  return (await (await fetch(muster.url + path)).json()) as T;
}

/** Prints what is new in the timelines. */
function tell(muster: RunningMuster): { readonly seen: Set<string>; tell(): Promise<void> } {
  const told = new Set<string>();
  const seen = new Set<string>();
  return {
    seen,
    async tell() {
      for (const id of ["INC-1", "INC-2"]) {
        const { entries } = await get<{ entries?: { at: string; type: string; summary: string }[] }>(
          muster,
          `/api/incidents/${id}/timeline`,
        );
        for (const { at, type, summary } of entries ?? []) {
          const line = `${at.slice(11, 16)}      ${id}  ${summary}`;
          if (told.has(`${at} ${line}`)) continue;
          told.add(`${at} ${line}`);
          seen.add(type);
          printLine(line);
        }
      }
    },
  };
}

async function until(
  clock: () => Instant,
  pace: number,
  at: Instant,
  teller: { tell(): Promise<void> },
): Promise<void> {
  do {
    await sleep(Math.max(10, Math.min(250, (at - clock()) / pace)));
    await teller.tell();
  } while (clock() < at);
}
