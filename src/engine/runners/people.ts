import { byNumber, type StoredIncident } from "#db/incidents.ts";
import { urgencyOf } from "#domain/language.ts";
import { runId } from "#domain/run.ts";
import type { Ask, Message } from "#ports/chat.ts";
import { PortError } from "#ports/port-error.ts";
import { escape, section } from "#views/slack.ts";
import { runTicket } from "#views/ticket.ts";
import { pageUrl } from "#engine/links.ts";
import { alarmsOf } from "#engine/perform-page.ts";
import { done, refused, type RunJob, text, type Runner } from "./runner.ts";

async function incidentOf({ engine, run }: RunJob): Promise<StoredIncident | null> {
  return run.incident === null ? null : ((await byNumber(engine.connection.db, [run.incident]))[0] ?? null);
}

function ask(job: RunJob, incident: StoredIncident | null): Ask {
  return { key: job.key, urgency: urgencyOf(incident?.state.priority ?? "P3"), unsure: job.again, since: job.startedAt };
}

/** Whoever says it again looks first for what they left. */
const again = (): Promise<"no"> => Promise.resolve("no");

function message(job: RunJob, words: string): Message {
  const said = `📓 *${runId(job.run.number)}* ${escape(job.run.plan.title)}\n${words}`;
  return { text: words.slice(0, 3_000), blocks: [section(said.slice(0, 2_950))] };
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

const notify: Runner = {
  async run(intent, job) {
    const incident = await incidentOf(job);
    const channel = channelOf(incident, job);
    if (channel === null) return refused("there is no incident whose people could be told");
    const to = text(intent, "to");
    const words = to === "incident" ? text(intent, "text") : `${escape(to)}: ${text(intent, "text")}`;
    await job.engine.chat.post(channel, message(job, words), ask(job, incident));
    return done({});
  },
  probe: again,
};

const slackMessage: Runner = {
  async run(intent, job) {
    const posted = await job.engine.chat.post(text(intent, "channel"), message(job, text(intent, "text")), ask(job, await incidentOf(job)));
    return done({ ts: posted.id, link: "" });
  },
  probe: again,
};

const note: Runner = {
  async run(intent, job) {
    const incident = await incidentOf(job);
    const alarms = incident === null || incident.state.private ? [] : alarmsOf(incident, incident.state.episode, undefined);
    for (const [i, alarm] of alarms.entries()) await job.engine.paging.annotate(alarm, text(intent, "text"), `${job.key}/${i}`);
    return done({});
  },
  probe: again,
};

const ticket: Runner = {
  async run(intent, job) {
    const incident = await incidentOf(job);
    const page = incident === null ? null : pageUrl(job.engine, incident.state.number);
    const opened = await job.engine.tickets.open(
      {
        key: job.key,
        title: text(intent, "title"),
        text: runTicket(text(intent, "text"), runId(job.run.number), page),
        labels: (intent["labels"] as string[] | undefined) ?? [],
        team: incident?.state.route.team ?? null,
        openedAt: job.startedAt,
      },
      { key: job.key, unsure: true, since: job.startedAt },
    );
    return done(opened === null ? { key: "", url: "" } : { key: opened.key, url: opened.url });
  },
  probe: again,
};

export const PEOPLE: Readonly<Record<string, Runner>> = { notify, "slack.message": slackMessage, "pagerduty.note": note, ticket };
