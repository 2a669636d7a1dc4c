import { incidentsByNumber, type StoredIncident } from "#db/incidents.ts";
import { priorityRank } from "#domain/values/language.ts";
import { runId } from "#domain/automation/run.ts";
import type { RequestAttempt, ChatMessage } from "#ports/chat.ts";
import { PortError } from "#ports/port-error.ts";
import { escapeMrkdwn, sectionBlock } from "#views/values/block-kit.ts";
import { runTicket } from "#views/tickets/ticket-content.ts";
import { incidentUrl } from "#engine/loop/dashboard-links.ts";
import { listAlarms } from "#engine/paging/paging-effects.ts";
import { actionDone, actionRefused, type RunJob, intentText, type ActionRunner } from "./action-runner.ts";

async function incidentOf({ engine, run }: RunJob): Promise<StoredIncident | null> {
  return run.incident === null ? null : ((await incidentsByNumber(engine.connection.db, [run.incident]))[0] ?? null);
}

function ask(job: RunJob, incident: StoredIncident | null): RequestAttempt {
  return { key: job.key, urgency: priorityRank(incident?.state.priority ?? "P3"), unsure: job.again, since: job.startedAt };
}

/** Whoever says it again looks first for what they left. */
const again = (): Promise<"no"> => Promise.resolve("no");

function message(job: RunJob, words: string): ChatMessage {
  const said = `📓 *${runId(job.run.number)}* ${escapeMrkdwn(job.run.plan.title)}\n${words}`;
  return { text: words.slice(0, 3_000), blocks: [sectionBlock(said.slice(0, 2_950))] };
}

/** ms after its incident was opened that a message waits for the incident's channel: a run is faster than a chat. */
const CHANNEL_PATIENCE = 60_000;

/** Where the people of an incident read; null: nobody has it. Rejects while its own channel is being opened. */
function channelOf(incident: StoredIncident | null, { engine }: RunJob): string | null {
  if (incident === null) return null;
  const { channel, channelRequested, channelFailed, openedAt, route } = incident.state;
  if (channel !== null) return channel.id;
  if (channelRequested && !channelFailed && engine.clock() < openedAt + CHANNEL_PATIENCE)
    throw new PortError("not_found", "the incident's channel is not open yet", { retryable: true, retryAfterMs: 2_000 });
  return route.channel ?? engine.policy().channels.incidents;
}

const notify: ActionRunner = {
  async run(intent, job) {
    const incident = await incidentOf(job);
    const channel = channelOf(incident, job);
    if (channel === null) return actionRefused("there is no incident whose people could be told");
    const to = intentText(intent, "to");
    const words = to === "incident" ? intentText(intent, "text") : `${escapeMrkdwn(to)}: ${intentText(intent, "text")}`;
    await job.engine.chat.post(channel, message(job, words), ask(job, incident));
    return actionDone({});
  },
  probe: again,
};

const slackMessage: ActionRunner = {
  async run(intent, job) {
    const posted = await job.engine.chat.post(intentText(intent, "channel"), message(job, intentText(intent, "text")), ask(job, await incidentOf(job)));
    return actionDone({ ts: posted.id, link: "" });
  },
  probe: again,
};

const note: ActionRunner = {
  async run(intent, job) {
    const incident = await incidentOf(job);
    const alarms = incident === null || incident.state.private ? [] : listAlarms(incident, incident.state.episode, undefined);
    for (const [i, alarm] of alarms.entries()) await job.engine.paging.annotate(alarm, intentText(intent, "text"), `${job.key}/${i}`);
    return actionDone({});
  },
  probe: again,
};

const ticket: ActionRunner = {
  async run(intent, job) {
    const incident = await incidentOf(job);
    const page = incident === null ? null : incidentUrl(job.engine, incident.state.number);
    const opened = await job.engine.tickets.open(
      {
        key: job.key,
        title: intentText(intent, "title"),
        text: runTicket(intentText(intent, "text"), runId(job.run.number), page),
        labels: (intent["labels"] as string[] | undefined) ?? [],
        team: incident?.state.route.team ?? null,
        openedAt: job.startedAt,
      },
      { key: job.key, unsure: true, since: job.startedAt },
    );
    return actionDone(opened === null ? { key: "", url: "" } : { key: opened.key, url: opened.url });
  },
  probe: again,
};

export const PEOPLE_RUNNERS: Readonly<Record<string, ActionRunner>> = { notify, "slack.message": slackMessage, "pagerduty.note": note, ticket };
