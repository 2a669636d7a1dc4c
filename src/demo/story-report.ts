import { MINUTE_MS, formatDuration } from "#domain/values/duration.ts";
import type { ShownIncident, ShownRun, StoryStage } from "./story-requests.ts";
import { CASE_STUDY_MINUTES, STORY_RUNBOOK } from "./story.ts";

/** What the story leaves to look at. */
export type StoryOutcome = {
  /** INC-1. */
  readonly incident: ShownIncident;
  readonly incidents: readonly ShownIncident[];
  readonly run: ShownRun | undefined;
  /** The types of the events in the timelines. */
  readonly seen: ReadonlySet<string>;
  /** Where the postmortem was written to. */
  readonly file: string;
};

/** Prints how the incident went. */
export function printOutcome({ incident, run, file }: StoryOutcome, { muster, pace, terminal }: StoryStage): void {
  const lasted = lastedMs(incident);
  terminal.printLine();
  terminal.printLine(`INC-1      ${incident.title}`);
  terminal.printLine(`Priority   P2 → ${incident.priority} (${incident.sev})`);
  terminal.printLine(`Channel    #${incident.channel?.name ?? "none"}`);
  terminal.printLine(
    `Commander  ${incident.roles.commander?.name ?? "no one"} · Technical Lead ${incident.roles.tech?.name ?? "no one"} · Scribe ${incident.roles.scribe?.name ?? "no one"}`,
  );
  terminal.printLine(`Paged      ${incident.pages.map(({ to, via }) => `${to} (${via})`).join(", ")}`);
  terminal.printLine(`Lasted     ${lasted === null ? "not resolved" : formatDuration(lasted)}`);
  const helped = run?.steps.find(({ before }) => before !== null);
  terminal.printLine(
    `Mitigated  by ${run?.id ?? "no run"} (${STORY_RUNBOOK}), approved by Alice: ${run?.state === "succeeded" ? "verified" : (run?.state ?? "never run")}`,
  );
  terminal.printLine(
    `           ${helped?.step ?? "nothing"}: latency in s, share of errors ${formatFigures(helped?.before)} → ${formatFigures(helped?.after)}`,
  );
  terminal.printLine(
    `MTTR       ${lasted === null ? "none" : formatDuration(lasted)} in story time (the demo's clock runs ${pace} times as fast; its people act when the story says)`,
  );
  terminal.printLine(
    `           The case study took ${CASE_STUDY_MINUTES} min: its restart came after 16 min of looking, and not with the first alert's diagnosis.`,
  );
  terminal.printLine(`Page       ${muster.url}/incidents/INC-1`);
  terminal.printLine(`Postmortem ${file}`);
  terminal.printLine(`           ${muster.url}/api/incidents/INC-1/postmortem`);
}

/** What should have happened and did not. */
export function missingFromStory(outcome: StoryOutcome, { pagerduty, cluster }: StoryStage): string[] {
  const { incident, incidents, run, seen } = outcome;
  const lasted = lastedMs(incident);
  const expected: readonly (readonly [string, boolean])[] = [
    ["an incident channel", incident.channel !== null],
    ["the severity rises from P2 to P1", incident.priority === "P1" && seen.has("priority.changed")],
    ["Alice is paged at P2 and again at P1", incident.pages.filter(({ to }) => to === "Alice").length === 2],
    [
      "no one acknowledges, and Bob is paged, her backup",
      incident.pages.some(({ to, via }) => to === "Bob" && via === "pagerduty responder request"),
    ],
    [
      "PagerDuty has an alarm for P2 and one for P1, both over",
      [...pagerduty.incidents.values()].map(({ status }) => status).join() === "resolved,resolved",
    ],
    ["Alice acknowledges in PagerDuty", seen.has("incident.acknowledged")],
    ["PagerDuty takes every request", pagerduty.violations.length === 0],
    [
      "Alice takes command and hands it over to Bob",
      incident.roles.commander?.name === "Bob" && seen.has("handoff.offered"),
    ],
    [
      "Bob is Scribe, Charlie is Technical Lead",
      incident.roles.scribe?.name === "Bob" && incident.roles.tech?.name === "Charlie",
    ],
    ["Charlie's claim of command is refused", seen.has("command.refused")],
    ["an update, and a note of the root cause", seen.has("update.posted") && seen.has("note.added")],
    ["a wrong priority, taken back", seen.has("verb.undone")],
    ["a follow-up for Charlie", incident.tasks.some(({ owner }) => owner?.name === "Charlie")],
    [
      "one P3 incident beside it, without a channel",
      incidents.length === 2 && incidents.some(({ priority, channel }) => priority === "P3" && channel === null),
    ],
    [
      "the runbook restarts order-service, approved by Alice, and that is verified",
      run?.state === "succeeded" && seen.has("run.approved"),
    ],
    ["the cluster takes every request", cluster.violations.length === 0],
    ["resolution by its alerts", incident.status === "resolved"],
    ["it is over sooner than the case study was", lasted !== null && lasted < CASE_STUDY_MINUTES * MINUTE_MS],
    ["a postmortem draft in the channel", seen.has("draft.posted")],
  ];
  return expected.filter(([, happened]) => !happened).map(([what]) => what);
}

function lastedMs({ resolvedAt, detectedAt }: ShownIncident): number | null {
  return resolvedAt === null ? null : Date.parse(resolvedAt) - Date.parse(detectedAt);
}

function formatFigures(values: readonly (number | null)[] | null | undefined): string {
  return (values ?? []).map((value) => value ?? "no data").join(", ");
}
