import { z } from "zod";
import { endWithRecheck } from "#domain/alerting/recheck.ts";
import { acceptDecision, decideInTurn, refuseDecision } from "#domain/events/decision.ts";
import { notOpenRefusal, writtenReason } from "#domain/events/occurrence.ts";
import { pageFailed } from "#domain/events/definitions/paging-events.ts";
import { instant, PersonSchema } from "#domain/incident/schemas.ts";
import { pageForRunbook, pageNow } from "#domain/paging/calls.ts";
import { repairEscalations } from "#domain/paging/escalation-repair.ts";
import { escalateNow, passFailedStep } from "#domain/paging/escalated-step.ts";
import { applyPagerUpdate } from "#domain/paging/pager/pager.ts";
import { runId } from "#domain/automation/run.ts";
import { RunEvent } from "#domain/events/run-event.ts";
import { formatDuration } from "#domain/values/duration.ts";
import { isOpen, PAGER_UPDATES } from "#domain/values/language.ts";
import { defineCommand } from "./command-definition.ts";

// Who is paged, what the pager reports, and the runs that page someone.

/** The auditor found teams that no one has. `teams`: those that own an alert which fires, besides the incident's own. */
export const auditCommand = defineCommand(
  "escalation.audit",
  { teams: z.array(z.string()).exactOptional() },
  (incident, { teams = [] }, ctx) => acceptDecision(repairEscalations(incident, teams, ctx)),
);

/** The pager did not take a page, and will not: the next step is paged at once. */
export const pageFailedReport = defineCommand("page.failed", pageFailed.data.shape, (incident, report, ctx) => {
  const { key, to, reason } = report;
  return acceptDecision(
    decideInTurn(incident, ctx, [
      () => [{ type: "page.failed", data: { key, to, reason } }],
      (now, counting) =>
        now.pages.find((page) => page.key === key)?.status === "failed" ? passFailedStep(now, key, counting) : [],
    ]),
  );
});

export const escalateCommand = defineCommand(
  "incident.escalate",
  { reason: z.string().nullable() },
  (incident, { reason }, ctx) =>
    isOpen(incident.status)
      ? acceptDecision(escalateNow(incident, writtenReason(reason), ctx))
      : refuseDecision(notOpenRefusal(incident)),
);

/** `to`: a person, or a team of the policy. */
export const pageCommand = defineCommand(
  "incident.page",
  {
    to: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("person"), person: PersonSchema }),
      z.object({ kind: z.literal("team"), team: z.string() }),
    ]),
    message: z.string().nullable(),
  },
  (incident, command, ctx) =>
    isOpen(incident.status) ? pageNow(incident, command, ctx) : refuseDecision(notOpenRefusal(incident)),
);

/** The pager reports what someone did there; `alarm` is which of ours, `occurred` when it was, by the pager's own clock. */
export const pagerReportCommand = defineCommand(
  "pager.heard",
  { what: z.enum(PAGER_UPDATES), alarm: z.string(), text: z.string(), occurred: instant.exactOptional() },
  (incident, command, ctx) => {
    const decision = applyPagerUpdate(incident, command, ctx);
    return decision.ok && decision.facts.some(({ type }) => type === "incident.resolved")
      ? acceptDecision(endWithRecheck(incident, decision.facts, ctx))
      : decision;
  },
);

/** The outcome of a run. One that did not help pages: at once when it failed, else when its deadline passes. */
export const runReportCommand = defineCommand("run.told", { news: RunEvent }, (incident, { news }, ctx) => {
  if (!isOpen(incident.status)) return acceptDecision([news]);
  const name = `${runId(news.data.run)} (${news.data.runbook})`;
  if (news.type === "run.overdue")
    return acceptDecision([
      news,
      ...pageForRunbook(
        incident,
        news.data.page,
        `${name} has not helped within ${formatDuration(news.data.after)}`,
        ctx,
      ),
    ]);
  if (news.type !== "run.failed" || news.data.page === null) return acceptDecision([news]);
  return acceptDecision([
    news,
    ...pageForRunbook(incident, news.data.page, `${name} did not help: ${news.data.reason}`, ctx),
  ]);
});
