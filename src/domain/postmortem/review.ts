import { acceptDecision, refuseDecision, type Context, type Decision } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import { firstReviewReminder, isReviewDone } from "#domain/events/review-state.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import { parseInstant } from "#domain/values/instant.ts";
import { incidentId, isOpen, type Instant, type Person } from "#domain/values/language.ts";
import { reviewDue } from "#domain/policy/review-due.ts";
import { cleanParagraphs } from "#domain/values/text.ts";
import { isPersonAmong, isSamePerson } from "#domain/policy/people.ts";

/** When an owner is reminded: the day before it is due, and some days after, in the morning (UTC). */
const NUDGES = [-1, 1, 3, 5, 7];
const MORNING = "09:00:00Z";

/** The review's timer is due: it requests the postmortem, or reminds its owner. */
export function remindReview(incident: Incident, due: Instant, ctx: Context): readonly Fact[] {
  const { postmortem: review, resolvedAt, roles, acknowledgedBy } = incident;
  if (resolvedAt === null || firstReviewReminder(incident, ctx.now, ctx.policy) === null || isReviewDone(incident))
    return [];
  if (review.due === null) {
    const day = reviewDue(incident.peak, resolvedAt, ctx.policy.postmortem)!;
    return [
      {
        type: "postmortem.asked",
        data: { owner: review.owner ?? roles.commander ?? acknowledgedBy, due: day, next: nextNudge(day, ctx.now) },
      },
    ];
  }
  if (review.nudgeAt !== due) return [];
  const { owner, due: day } = review;
  return [
    {
      type: "postmortem.nudged",
      data: {
        owner,
        due: day,
        overdue: ctx.now >= endOf(day),
        reminder: review.nudges + 1,
        next: nextNudge(day, ctx.now),
      },
    },
  ];
}

function nextNudge(day: string, now: Instant): Instant | null {
  return NUDGES.map((days) => parseInstant(`${day}T${MORNING}`)! + days * DAY_MS).find((at) => at > now) ?? null;
}

function endOf(day: string): Instant {
  return parseInstant(`${day}T00:00:00Z`)! + DAY_MS;
}

export function ownPostmortem(incident: Incident, person: Person, { policy }: Context): Decision {
  if (isCanceledOrMerged(incident)) return refuseDecision(noPostmortemText(incident));
  if (incident.postmortem.state === "closed")
    return refuseDecision(`The postmortem of ${incidentId(incident.number)} is closed.`);
  if (isSamePerson(policy, incident.postmortem.owner, person))
    return refuseDecision(`${person.name} owns the postmortem already.`);
  return acceptDecision([{ type: "postmortem.owned", data: { owner: person } }]);
}

/** It is given to others to read. Asking again brings in more of them. */
export function requestReview(
  incident: Incident,
  { reviewers }: { readonly reviewers: readonly Person[] },
  { policy }: Context,
): Decision {
  if (isCanceledOrMerged(incident)) return refuseDecision(noPostmortemText(incident));
  if (isOpen(incident.status))
    return refuseDecision(
      `${incidentId(incident.number)} is still ${incident.status}: it is reviewed when it is over.`,
    );
  const { state } = incident.postmortem;
  if (isReviewDone(incident))
    return refuseDecision(`The postmortem of ${incidentId(incident.number)} is ${state} already.`);
  const known = incident.postmortem.reviewers.map(({ id }) => id);
  const fresh = reviewers.filter(
    (person, i) =>
      !isPersonAmong(policy, known, person) && reviewers.findIndex((each) => isSamePerson(policy, each, person)) === i,
  );
  if (state === "in review" && fresh.length === 0)
    return refuseDecision("It is in review already. Name someone to read it: `postmortem review @USER`.");
  return acceptDecision([{ type: "postmortem.review_asked", data: { reviewers: fresh } }]);
}

/** `problems`: what the linter found when it was asked for; the gate opens when that is nothing. */
export function completeReview(
  incident: Incident,
  { problems, version }: { readonly problems: number; readonly version: string | null },
): Decision {
  const { state } = incident.postmortem;
  if (state === "draft") return refuseDecision("No one was asked to read it yet: `postmortem review @USER` first.");
  if (state !== "in review") return refuseDecision(`It is ${state} already.`);
  if (version === null)
    return refuseDecision("No one has checked whether it is complete: type `postmortem reviewed` in the chat first.");
  if (problems > 0)
    return refuseDecision(
      `${problems} of the checklist ${problems === 1 ? "is" : "are"} not done yet: \`postmortem\` shows it.`,
    );
  return acceptDecision([{ type: "postmortem.reviewed", data: { version } }]);
}

export function closePostmortem(incident: Incident): Decision {
  const { state } = incident.postmortem;
  if (state === "closed") return refuseDecision("It is closed already.");
  return state === "reviewed"
    ? acceptDecision([{ type: "postmortem.closed", data: {} }])
    : refuseDecision(
        `It is ${state === "draft" ? "a draft" : state}: it is closed when it was reviewed (\`postmortem reviewed\`).`,
      );
}

/** `gap` counts from 1; `between` is which that is, null when there is none. */
type WaivedGap = {
  readonly gap: number;
  readonly between: { readonly from: Instant; readonly to: Instant } | null;
  readonly reason: string;
};

/** A gap of the timeline that people waived, and why. */
export function waiveGap(incident: Incident, { gap, between, reason }: WaivedGap): Decision {
  const cause = cleanParagraphs(reason, 500);
  if (cause === "") return refuseDecision("Add why it stays open: `postmortem waive gap 1 REASON`.");
  if (between === null)
    return refuseDecision(`There is no gap ${gap} in the timeline of ${incidentId(incident.number)}.`);
  if (incident.postmortem.waived.some(({ from }) => from === between.from))
    return refuseDecision(`Gap ${gap} is waived already.`);
  return acceptDecision([{ type: "postmortem.gap_waived", data: { ...between, reason: cause } }]);
}

function isCanceledOrMerged({ status }: Incident): boolean {
  return status === "canceled" || status === "merged";
}

function noPostmortemText({ number, status }: Incident): string {
  return `${incidentId(number)} is ${status}: it has no postmortem.`;
}
