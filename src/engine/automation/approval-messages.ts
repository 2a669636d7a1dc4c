import type { ChatMessage } from "#domain/values/chat-message.ts";
import { enqueueEffects, listApprovalReminders } from "#db/effects.ts";
import { loadJournal, loadRuns } from "#db/runs.ts";
import { needsStepUp } from "#domain/automation/approval.ts";
import { runId, type Run } from "#domain/automation/run.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { onCallForTeam } from "#domain/oncall/oncall.ts";
import { isSamePerson, type RoutedPerson } from "#domain/policy/people.ts";
import { maySeeIncident } from "#domain/response/permission.ts";
import { approvalCandidates, approvalGroups } from "#domain/response/run-approvers.ts";
import { formatDuration, HOUR_MS, MINUTE_MS } from "#domain/values/duration.ts";
import type { Actor } from "#domain/values/language.ts";
import { PortError } from "#ports/port-error.ts";
import {
  approvalMessage,
  decidedApproval,
  isApprovalOpen,
  type ApprovalPages,
} from "#views/automation/approval-message.ts";
import { incidentUrl, runUrl } from "#engine/base/dashboard-links.ts";
import { requireIncident, type EffectContext, type EffectResult } from "#engine/base/effect-context.ts";
import { reportNothing, type EffectPerformers, type PerformEffect } from "#engine/base/effect-performer.ts";
import type { Engine } from "#engine/base/engine.ts";
import { digestMessage, shownMessageState } from "#engine/base/shown-message.ts";
import { loadRoster } from "#engine/oncall/oncall-roster.ts";
import { rememberGroups } from "#engine/response/group-members.ts";
import { canReach } from "#engine/response/private-messages.ts";
import { sentRequests, type SentRequest } from "./sent-requests.ts";
import { answerRefusals } from "./run-approval.ts";
import { changeRun, grantRequest, refuseRequest, type RunAsking, type RunRequestReply } from "./run-change.ts";

// Who may approve what a run asks for has it as a direct message, with the buttons.

/** So many people are asked at most: the message in the channel is for all others. */
const MOST_ASKED = 20;

/**
 * Sends the request to those who may approve it, one at a time, so that a failure repeats none; and edits what was sent to what
 * was decided.
 */
const askApprovers: PerformEffect<"chat.approvals"> = async ({ run: number }, context) => {
  const { engine } = context;
  const [run] = await loadRuns(engine.connection.db, [number]);
  const sent = sentRequests(context.state);
  if (run === undefined) return {};
  const incident = requireIncident(context);
  const next = (await approversOf(engine, run, incident)).find(
    ({ chatId }) => !sent.some(({ user, hash }) => user === chatId && hash === run.asked!.hash),
  );
  if (next !== undefined)
    return { state: { sent: [...sent, await sendTo(context, run, incident, next.chatId!)] }, reschedule: true };
  return showDecisions(context, run, incident, sent);
};

async function sendTo(context: EffectContext, run: Run, incident: Incident, user: string): Promise<SentRequest> {
  const { engine, attempt } = context;
  const { step, hash } = run.asked!;
  const message = await requestMessage(engine, run, incident);
  try {
    const key = `${attempt.key}:${hash}:${user}`;
    const { id, channel } = await engine.chat.direct(user, message, { ...attempt, key });
    return { user, step, hash, channel, id, digest: attempt.unsure ? "" : digestMessage(message) };
  } catch (error) {
    // Whom the chat refuses is passed over: the others, and the channel, have it.
    if (!(error instanceof PortError) || error.retryable) throw error;
    return { user, step, hash, channel: "", id: "", digest: "" };
  }
}

/** Who is asked now: those whose approval would count, and who may see the incident. */
async function approversOf(engine: Engine, run: Run, incident: Incident): Promise<readonly RoutedPerson[]> {
  const { asked, state } = run;
  if (state !== "waiting-approval" || asked === null || asked.ledBy !== undefined) return [];
  const now = engine.clock();
  const policy = engine.policy();
  const roster = await loadRoster(engine, now);
  const reads = {
    ...engine,
    chat: { isMember: (id: string) => engine.chat.isMember(id), ...rememberGroups(engine.chat, engine.clock) },
  };
  const groups = new Map<string, readonly string[]>();
  for (const group of approvalGroups(policy, asked.from)) groups.set(group, await engine.chat.group(group));
  const candidates = approvalCandidates(policy, asked.from, incident, {
    onCall: (team) => onCallForTeam(roster, team, now).primary,
    members: (group) => groups.get(group) ?? [],
  });
  const approvers: RoutedPerson[] = [];
  for (const person of candidates.filter(canReach(engine)).slice(0, MOST_ASKED)) {
    const who = { id: person.chatId!, name: person.name };
    // Who has approved already is not asked again, and what they were sent shows the rest.
    if (asked.by.some((each) => isSamePerson(policy, each, who)) || !maySeeIncident(policy, incident, who)) continue;
    if ((await answerRefusals(reads, run, incident, who)).approve === null) approvers.push(person);
  }
  return approvers;
}

/** Edits every request of a run to what it has come to. */
async function showDecisions(
  context: EffectContext,
  run: Run,
  incident: Incident,
  sent: readonly SentRequest[],
): Promise<EffectResult> {
  const { engine, attempt } = context;
  const before = new Map(sent.map((each) => [each.id, each]));
  const reminders = (await listApprovalReminders(engine.connection.db, incident.number, run.number)).flatMap(
    ({ to, hash, sent: memo }): readonly SentRequest[] => {
      const shown = shownMessageState(memo);
      const step = sent.find((each) => each.hash === hash)?.step ?? run.asked?.step ?? 0;
      return shown === null || before.has(shown.id)
        ? []
        : [{ user: to.id, step, hash, channel: shown.channel, id: shown.id, digest: shown.said }];
    },
  );
  const after: SentRequest[] = [];
  for (const each of [...sent, ...reminders]) {
    const message = isApprovalOpen(run, each)
      ? await requestMessage(engine, run, incident)
      : decidedApproval(run, each, incident, incidentUrl(engine, incident));
    const digest = digestMessage(message);
    after.push({ ...each, digest });
    if (digest === each.digest || each.id === "") continue;
    try {
      await engine.chat.edit(each.channel, each.id, message, attempt);
    } catch (error) {
      // They deleted it: they have seen it.
      if (!(error instanceof PortError) || error.retryable) throw error;
    }
  }
  return { state: { sent: after } };
}

/** What a run asks, with what it has found so far. */
async function requestMessage(engine: Engine, run: Run, incident: Incident): Promise<ChatMessage> {
  const journal = await loadJournal(engine.connection.db, [run.number]);
  return approvalMessage(run, incident, pagesOf(engine, run, incident), journal);
}

function pagesOf(engine: Engine, run: Run, incident: Incident): ApprovalPages {
  const needsPage = engine.signIn === true && needsStepUp(run, engine.policy());
  return { incident: incidentUrl(engine, incident), approval: needsPage ? runUrl(engine, run.number) : null };
}

/** Someone put it off: the same request again, if it still waits for them. */
const remindApprover: PerformEffect<"chat.reminder"> = async ({ run: number, to, hash, at }, context) => {
  const { engine, attempt } = context;
  const now = engine.clock();
  if (now < at) return { reschedule: { inMs: at - now } };
  const [run] = await loadRuns(engine.connection.db, [number]);
  const incident = requireIncident(context);
  if (run === undefined || !isApprovalOpen(run, { step: 0, hash })) return {};
  const approvers = await approversOf(engine, run, incident);
  const person = approvers.find(({ id, chatId }) => isSamePerson(engine.policy(), { id: chatId ?? id }, to));
  if (person === undefined) return {};
  const message = await requestMessage(engine, run, incident);
  const { id, channel } = await engine.chat.direct(person.chatId!, message, attempt);
  return { state: { id, channel, said: attempt.unsure ? "" : digestMessage(message) } };
};

/** The longest that an approval is put off, in ms. */
const LONGEST_SNOOZE = 4 * HOUR_MS;

/** Puts off what a run asks of someone: they are reminded in `ms`. Refused when it asks for nothing. */
export function snoozeApproval(
  engine: Engine,
  { run: number, ms }: { readonly run: number; readonly ms: number },
  asking: RunAsking,
): Promise<RunRequestReply> {
  const { id, name }: Actor = asking.actor;
  return changeRun(engine, number, asking, async (tx, run) => {
    if (run.state !== "waiting-approval" || run.asked === null || run.incident === null)
      return refuseRequest(`${runId(number)} waits for no approval.`);
    if (ms < MINUTE_MS || ms > LONGEST_SNOOZE)
      return refuseRequest(
        `Reminders can be snoozed for ${formatDuration(MINUTE_MS)} to ${formatDuration(LONGEST_SNOOZE)}.`,
      );
    const at = engine.clock() + ms;
    const effect = { type: "chat.reminder", run: number, to: { id, name }, hash: run.asked.hash, at } as const;
    await enqueueEffects(tx, [{ effect, incident: run.incident, urgency: run.urgency }], engine.clock());
    return grantRequest(`You are reminded of ${runId(number)} in ${formatDuration(ms)}, unless it is decided before.`);
  });
}

export const approvalPerformers = {
  // The message in the channel has it all.
  "chat.approvals": { perform: askApprovers, failed: reportNothing, delayed: reportNothing },
  "chat.reminder": { perform: remindApprover, failed: reportNothing, delayed: reportNothing },
} satisfies Partial<EffectPerformers>;
