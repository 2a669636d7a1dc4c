import { z } from "zod";
import { PRIORITIES, type Priority } from "#domain/values/language.ts";
import type { PagerAlarm, Paging } from "#ports/paging.ts";
import { sendWithin, type VendorAllowances } from "#ports/allowances.ts";
import { PortError } from "#ports/port-error.ts";
import { buildChangeEvent, buildTriggerEvent } from "./pagerduty-event.ts";
import { sendRequest, type PagerCall } from "./client.ts";
import { eventAllowance } from "./pagerduty-allowances.ts";
import { outlinePagerDutyEvent, readPagerDutyEvent } from "./read-event.ts";
import { createRestApi, type RestApi } from "./rest-api.ts";
import type { RestSettings } from "./rest-client.ts";

export type PagerDutyOptions = {
  /** For teams without a key of their own. */
  readonly routingKey: string | null;
  readonly keyOfTeam: (team: string) => string | null;
  /** null: PagerDuty's own. */
  readonly eventsUrl: string | null;
  readonly rest: Omit<RestSettings, "allowances" | "urgency" | "timeoutMs"> | null;
  readonly allowances: VendorAllowances;
  /** What PagerDuty may call a priority, the best first. */
  readonly priorityNames: (priority: Priority) => readonly string[];
  /** The id in PagerDuty of a person of the policy. */
  readonly idOfPerson: (person: string) => string | null;
  readonly publicUrl: string;
  readonly clock: () => number;
  readonly onCall: (call: PagerCall) => void;
};

const NAMES = { name: "pagerduty", title: "PagerDuty" };
const EVENTS = "https://events.pagerduty.com";
/** What wakes someone, or lets someone sleep who has answered, may use the reserve of an allowance. */
const URGENT = 0;
const UNHURRIED = 2;
/** ms that one look or request may take before someone is paged by an alarm of their own instead. */
const REINFORCE_TIMEOUT_MS = 1_500;

/** The answer to an event that was taken: https://developer.pagerduty.com/docs/events-api-v2-overview#response-codes--retry-logic */
export const AcceptedEvent = z.object({ status: z.literal("success") });

/** Where events go; null: PagerDuty's own. */
export function enqueueUrl(eventsUrl: string | null): string {
  return `${(eventsUrl ?? EVENTS).replace(/\/+$/, "")}/v2/enqueue`;
}

/** Does one operation, and counts it. */
type TimedCall = <T>(operation: string, work: () => Promise<T>) => Promise<T>;

function timeCalls(clock: () => number, onCall: PagerDutyOptions["onCall"]): TimedCall {
  return async (operation, work) => {
    const began = clock();
    try {
      const answer = await work();
      onCall({ operation, outcome: "ok", ms: clock() - began });
      return answer;
    } catch (error) {
      onCall({ operation, outcome: error instanceof PortError ? error.reason : "bug", ms: clock() - began });
      throw error;
    }
  };
}

/**
 * PagerDuty as a pager. Alarms go by the Events API, with `fetch`: @pagerduty/pdjs can send events to its own host by https
 * only, reports a refusal as a success, and sleeps for a minute on a 429. Everything else goes by the REST API.
 */
export function createPagerDuty(settings: PagerDutyOptions): Paging {
  const { routingKey, keyOfTeam, idOfPerson, priorityNames, publicUrl, clock, onCall, allowances } = settings;
  const restApi = (limits: Pick<RestSettings, "urgency" | "timeoutMs">): RestApi | null =>
    settings.rest === null ? null : createRestApi({ ...settings.rest, allowances, ...limits });
  const rest = restApi({ urgency: UNHURRIED });
  // Someone waits to be woken meanwhile: a slow answer is none.
  const hurried = restApi({ urgency: URGENT, timeoutMs: REINFORCE_TIMEOUT_MS });
  const url = enqueueUrl(settings.eventsUrl);

  const knownKey = (team: string | null): string | null => (team === null ? null : keyOfTeam(team)) ?? routingKey;
  const keyFor = (team: string | null): string => {
    const key = knownKey(team);
    if (key !== null) return key;
    throw new PortError(
      "unsupported",
      `there is no PagerDuty routing key for ${team === null ? "incidents without a team" : `the team ${team}`}: set teams.${team ?? "<team>"}.pagerduty in muster.yaml, or PAGERDUTY_ROUTING_KEY`,
      { retryable: false },
    );
  };
  const timed = timeCalls(clock, onCall);
  const send = (operation: string, key: string, urgency: number, body: string): Promise<unknown> =>
    timed(operation, () =>
      sendWithin(allowances, eventAllowance(key), urgency, () =>
        sendRequest(url, { method: "POST", headers: { "content-type": "application/json" }, body }, AcceptedEvent),
      ),
    );

  return {
    ...NAMES,
    // An event with another routing key than the alarm's is dropped with HTTP 202: the place of an alarm is its key.
    placeOf: knownKey,
    async trigger(page) {
      const key = page.place ?? keyFor(page.team);
      await send("trigger", key, PRIORITIES.indexOf(page.priority), buildTriggerEvent(key, page, publicUrl));
      return key;
    },
    async acknowledge({ dedupKey, team, place }: PagerAlarm) {
      const key = place ?? keyFor(team);
      await send("acknowledge", key, URGENT, buildChangeEvent(key, "acknowledge", dedupKey));
    },
    async resolve({ dedupKey, team, place }: PagerAlarm) {
      const key = place ?? keyFor(team);
      await send("resolve", key, UNHURRIED, buildChangeEvent(key, "resolve", dedupKey));
    },
    async reinforce({ dedupKey }, { people, level, message, key }) {
      if (hurried === null) return false;
      if (people.length === 0) return timed("escalate", () => hurried.escalate(dedupKey, level));
      const ids = people.map(idOfPerson).filter((id) => id !== null);
      // A person without an account in PagerDuty is reached by an alarm of its own, or not at all.
      return (
        ids.length === people.length &&
        (await timed("responders", () => hurried.callResponders(dedupKey, ids, message, key)))
      );
    },
    choosesPeople: (team) => knownKey(team) !== null,
    ...restPaging(rest, timed, priorityNames),
  };
}

/** What only the REST API can do; without a token it is left undone. */
function restPaging(
  rest: RestApi | null,
  timed: TimedCall,
  priorityNames: PagerDutyOptions["priorityNames"],
): Pick<Paging, "hasAlarm" | "annotate" | "describe" | "outlineEvent" | "readEvent" | "oncalls"> {
  return {
    hasAlarm: ({ dedupKey }) =>
      rest === null ? Promise.resolve(null) : timed("look", () => rest.hasIncident(dedupKey)),
    async annotate({ dedupKey }, text, key) {
      if (rest !== null) await timed("annotate", () => rest.note(dedupKey, text, key));
    },
    async describe({ dedupKey }, description) {
      if (rest !== null)
        await timed("describe", () => rest.describe(dedupKey, description.link, priorityNames(description.priority)));
    },
    outlineEvent: outlinePagerDutyEvent,
    readEvent: (raw, known) =>
      readPagerDutyEvent(raw, known, {
        self: () => (rest === null ? Promise.resolve(null) : rest.requester()),
        alarmOf: (id) => (rest === null ? Promise.resolve(null) : timed("look", () => rest.alarmOf(id))),
      }),
    oncalls: (schedule, since, until) =>
      rest === null ? Promise.resolve(null) : timed("oncalls", () => rest.oncalls(schedule, since, until)),
  };
}
