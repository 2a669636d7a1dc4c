import { z } from "zod";
import { sendWithin, type VendorAllowances } from "#ports/allowances.ts";
import { sendRequest, type PagerRequest } from "./client.ts";
import { REST_ALLOWANCE } from "./pagerduty-allowances.ts";

export type RestSettings = {
  readonly token: string;
  /** The e-mail address of a user: PagerDuty requires one in whose name something is written. */
  readonly from: string | null;
  /** null: PagerDuty's own. */
  readonly apiUrl: string | null;
  /** ms that an answer may take; absent: as long as PagerDuty may take at most. */
  readonly timeoutMs?: number;
  readonly allowances: VendorAllowances;
  /** 0 and 1 may use the reserve of the allowance. */
  readonly urgency: number;
};

const API = "https://api.pagerduty.com";

const Users = z.object({
  users: z.array(z.object({ id: z.string(), email: z.string().nullish() })),
  more: z.boolean().catch(false),
});
const Incidents = z.object({ incidents: z.array(z.object({ id: z.string() })) });
/** What is written is answered with itself; whether it was is all that matters. */
const Written = z.looseObject({});

/** Reads and writes by PagerDuty's REST API, in our name. */
export type RestClient = {
  readonly base: string;
  readonly read: <S extends z.ZodType>(path: string, schema: S) => Promise<z.output<S>>;
  readonly write: (method: "POST" | "PUT", path: string, body: object) => Promise<unknown>;
  /** The id of the incident of an alarm, also of one that has ended; null: there is none. */
  readonly incidentOf: (dedupKey: string) => Promise<string | null>;
  /** The id of the user in whose name we write: a request for responders needs it. null: there is none. */
  readonly requester: () => Promise<string | null>;
};

/** A client of the REST API with a token. */
export function createRestClient({ token, from, apiUrl, timeoutMs, allowances, urgency }: RestSettings): RestClient {
  const base = (apiUrl ?? API).replace(/\/+$/, "");
  const headers = { accept: "application/vnd.pagerduty+json;version=2", authorization: `Token token=${token}` };
  const limit = timeoutMs === undefined ? {} : { timeoutMs };
  const send = <S extends z.ZodType>(path: string, request: PagerRequest, schema: S): Promise<z.output<S>> =>
    sendWithin(allowances, REST_ALLOWANCE, urgency, () =>
      sendRequest(`${base}${path}`, { ...request, ...limit }, schema),
    );
  const read = <S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> =>
    send(path, { method: "GET", headers }, schema);

  const write = (method: "POST" | "PUT", path: string, body: object): Promise<unknown> =>
    send(
      path,
      {
        method,
        headers: { ...headers, "content-type": "application/json", ...(from === null ? {} : { from }) },
        body: JSON.stringify(body),
      },
      Written,
    );

  /** Asked once, by however many at the same time; again after a failure, or while there is no such user. */
  let self: Promise<string | null> | null = null;
  const requester = (): Promise<string | null> => {
    if (from === null) return Promise.resolve(null);
    const forget = (): null => (self = null);
    self ??= findUser(read, from).then(
      (id) => id ?? forget(),
      (error: unknown) => {
        forget();
        throw error;
      },
    );
    return self;
  };
  return {
    base,
    read,
    write,
    async incidentOf(dedupKey) {
      const { incidents } = await read(`/incidents?incident_key=${encodeURIComponent(dedupKey)}&limit=1`, Incidents);
      return incidents[0]?.id ?? null;
    },
    requester,
  };
}

/** Users in one answer: the most that PagerDuty lists at once. */
const USERS = 100;

/**
 * The id of the user with an e-mail address, or null. PagerDuty's query finds what only resembles it, in names too: none of
 * those is the one.
 */
async function findUser(read: RestClient["read"], email: string): Promise<string | null> {
  const wanted = email.trim().toLowerCase();
  for (let offset = 0; offset < 10_000; offset += USERS) {
    const query = new URLSearchParams({ query: email.trim(), limit: String(USERS), offset: String(offset) });
    const { users, more } = await read(`/users?${query.toString()}`, Users);
    const found = users.find((user) => user.email?.toLowerCase() === wanted);
    if (found !== undefined) return found.id;
    if (!more) break;
  }
  return null;
}
