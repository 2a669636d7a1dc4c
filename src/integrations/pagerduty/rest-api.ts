import { setTimeout } from "node:timers/promises";
import { api } from "@pagerduty/pdjs";
import { z } from "zod";
import { composePagerMark } from "#domain/effects/pager-mark.ts";
import { formatIso, parseInstant } from "#domain/values/instant.ts";
import type { Instant, Link } from "#domain/values/language.ts";
import type { PagerShift } from "#ports/paging.ts";
import { PortError } from "#ports/port-error.ts";
import { toPortError } from "./errors.ts";
import { createRestClient, type RestClient, type RestSettings } from "./rest-client.ts";

const KeyOfIncident = z.object({ incident: z.object({ incident_key: z.string().nullish() }) });
const Notes = z.object({ notes: z.array(z.object({ content: z.string() })) });
const Responders = z.object({
  incident: z.object({
    responder_requests: z.array(z.object({ message: z.string().catch("") })).catch([]),
  }),
});
const Priorities = z.object({
  priorities: z.array(z.object({ id: z.string(), name: z.string().optional(), summary: z.string().optional() })),
});
/** A shift that never ends has no `end`. https://developer.pagerduty.com/api-reference/ list-all-of-the-on-calls */
const OnCalls = z.object({
  oncalls: z.array(
    z.object({
      user: z.object({ id: z.string(), email: z.string().nullish() }),
      start: z.string().nullable(),
      end: z.string().nullable(),
    }),
  ),
  more: z.boolean().catch(false),
});

/** ms that the question who we are may take. pdjs has no limit that works, but its timer keeps the process for so long. */
const TIMEOUT_MS = 3_000;

export type RestApi = {
  /** Writes a note on the incident of an alarm, once for a key. */
  note(dedupKey: string, text: string, key: string): Promise<void>;
  /** Asks these users, by their ids, to help with the incident of an alarm, once for a key. false: it cannot be asked. */
  callResponders(dedupKey: string, people: readonly string[], message: string, key: string): Promise<boolean>;
  /** Brings the incident of an alarm to a level of its escalation policy, from 1. false: there is none. */
  escalate(dedupKey: string, level: number): Promise<boolean>;
  /** Whether there is, or was, an incident of an alarm. */
  hasIncident(dedupKey: string): Promise<boolean>;
  /** Makes the incident of an alarm show a link, and the first of these priorities that the account has. */
  describe(dedupKey: string, link: Link | null, priorities: readonly string[]): Promise<void>;
  oncalls(schedule: string, since: Instant, until: Instant): Promise<readonly PagerShift[]>;
  /** The id of the user in whose name we write; null when there is none. */
  requester(): Promise<string | null>;
  /** The key of the alarm that began an incident, by its id. */
  alarmOf(id: string): Promise<string | null>;
  /** One real request: who the token belongs to, or a PortError. */
  whoAmI(): Promise<string>;
};

/**
 * PagerDuty's REST API. @pagerduty/pdjs only answers who we are (docs/decisions.md gives the reason): after a 429 it
 * sleeps and asks again in the background, long after its caller has given up, and takes a refusal for an answer.
 */
export function createRestApi(settings: RestSettings): RestApi {
  const rest = createRestClient(settings);
  return {
    ...incidentNotes(rest),
    ...incidentChanges(rest),
    oncalls: (schedule, since, until) => listShifts(rest, schedule, since, until),
    hasIncident: async (dedupKey) => (await rest.incidentOf(dedupKey)) !== null,
    requester: rest.requester,
    async alarmOf(id) {
      const { incident } = await rest.read(`/incidents/${encodeURIComponent(id)}`, KeyOfIncident);
      return incident.incident_key ?? null;
    },
    whoAmI: () => whoAmI(settings, rest),
  };
}

/** What is written down on an incident, once for a key: our mark is looked for first. */
function incidentNotes({ read, write, incidentOf, requester }: RestClient): Pick<RestApi, "note" | "callResponders"> {
  return {
    async note(dedupKey, text, key) {
      const id = await incidentOf(dedupKey);
      if (id === null) return;
      const mark = composePagerMark(key);
      const { notes } = await read(`/incidents/${id}/notes`, Notes);
      if (notes.some(({ content }) => content.includes(mark))) return;
      await write("POST", `/incidents/${id}/notes`, { note: { content: `${text.slice(0, 20_000)} ${mark}` } });
    },
    async callResponders(dedupKey, people, message, key) {
      const [id, by] = [await incidentOf(dedupKey), await requester()];
      if (id === null || by === null) return false;
      const mark = composePagerMark(key);
      const { incident } = await read(`/incidents/${id}`, Responders);
      if (incident.responder_requests.some(({ message: asked }) => asked.includes(mark))) return true;
      return unlessUnsupported(
        write("POST", `/incidents/${id}/responder_requests`, {
          requester_id: by,
          message: `${message.slice(0, 1_000)} ${mark}`,
          responder_request_targets: people.map((person) => ({
            responder_request_target: { id: person, type: "user_reference" },
          })),
        }),
      );
    },
  };
}

/** What an incident is there: its level, its priority, its link. Asking twice is asking once. */
function incidentChanges({ read, write, incidentOf }: RestClient): Pick<RestApi, "escalate" | "describe"> {
  const priorities = new Map<string, string>();
  const priorityId = async (names: readonly string[]): Promise<string | null> => {
    if (priorities.size === 0) {
      const { priorities: all } = await read("/priorities", Priorities);
      for (const each of all) priorities.set(each.name ?? each.summary ?? "", each.id);
    }
    return names.map((name) => priorities.get(name)).find((id) => id !== undefined) ?? null;
  };
  const change = (id: string, what: object): Promise<unknown> =>
    write("PUT", `/incidents/${id}`, { incident: { type: "incident_reference", ...what } });

  return {
    async escalate(dedupKey, level) {
      const id = await incidentOf(dedupKey);
      // A level is set, not added: asking twice is asking once.
      return id !== null && (await unlessUnsupported(change(id, { escalation_level: level })));
    },
    async describe(dedupKey, link, names) {
      const id = await incidentOf(dedupKey);
      if (id === null) return;
      const priorityOf = await priorityId(names);
      const what = {
        ...(link === null ? {} : { conference_bridge: { conference_url: link.url } }),
        ...(priorityOf === null ? {} : { priority: { id: priorityOf, type: "priority_reference" } }),
      };
      if (Object.keys(what).length > 0) await unlessUnsupported(change(id, what));
    },
  };
}

async function listShifts(
  { read }: RestClient,
  schedule: string,
  since: Instant,
  until: Instant,
): Promise<readonly PagerShift[]> {
  const found: PagerShift[] = [];
  for (let offset = 0; offset < 10_000; offset += 100) {
    const query = new URLSearchParams({
      "schedule_ids[]": schedule,
      since: formatIso(since),
      until: formatIso(until),
      "include[]": "users",
      limit: "100",
      offset: String(offset),
    });
    const { oncalls, more } = await read(`/oncalls?${query.toString()}`, OnCalls);
    for (const { user, start, end } of oncalls)
      found.push({
        id: user.id,
        email: user.email ?? null,
        from: parseInstant(start ?? "") ?? since,
        until: parseInstant(end ?? "") ?? until,
      });
    if (!more) break;
  }
  return found;
}

/** Whose token it is, and whether there is a user in whose name we write. */
async function whoAmI({ token, from }: RestSettings, { base, requester }: RestClient): Promise<string> {
  const late = new PortError("timeout", "PagerDuty did not answer in time", { retryable: true });
  const request = api({ token, url: `${base}/users?limit=1`, requestTimeout: TIMEOUT_MS });
  const answer = await Promise.race([request, setTimeout(TIMEOUT_MS, null, { ref: false })]).catch((cause: unknown) => {
    throw new PortError("unreachable", "PagerDuty cannot be reached", { retryable: true, cause });
  });
  if (answer === null) throw late;
  // pdjs has read the body of a refusal; `muster doctor` names the fix in our own words.
  if (!answer.response.ok) throw toPortError(answer.response, {});
  if (from !== null && (await requester()) === null)
    throw new PortError(
      "not_found",
      `PagerDuty has no user ${from}: PAGERDUTY_FROM must be the e-mail address of one`,
      { retryable: false },
    );
  return "it may read users";
}

/** false when the account's plan or this incident does not allow it: then there are other ways, and no fault. */
async function unlessUnsupported(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof PortError && (error.reason === "invalid" || error.reason === "not_found")) return false;
    throw error;
  }
}
