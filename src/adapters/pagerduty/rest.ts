import { api } from "@pagerduty/pdjs";
import { PortError } from "#ports/port-error.ts";
import { request } from "./request.ts";

export type RestSettings = {
  readonly token: string;
  /** The e-mail address of a user: PagerDuty wants to know in whose name something is written. */
  readonly from: string | null;
  /** null: PagerDuty's own. */
  readonly apiUrl: string | null;
};

const API = "https://api.pagerduty.com";
/** ms that a read may take; pdjs has no limit that works. */
const READ_MS = 8_000;

export type Rest = {
  /** Writes a note on the incident of an alarm, once for a key. */
  note(dedupKey: string, text: string, key: string): Promise<void>;
  /** One real request: who the token belongs to, or a PortError. */
  whoAmI(): Promise<string>;
};

/**
 * PagerDuty's REST API. Reads go through @pagerduty/pdjs, bounded from outside; writes through `fetch`, because pdjs
 * repeats a request up to three times in the background after 20 s each when it is told to wait (429), long after the
 * caller has given up, and a note must not be written twice.
 */
export function createRest({ token, from, apiUrl }: RestSettings): Rest {
  const base = (apiUrl ?? API).replace(/\/+$/, "");
  const read = async (path: string): Promise<unknown> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new PortError("timeout", "PagerDuty did not answer in time", { retryable: true })), READ_MS);
    });
    try {
      const answer = await Promise.race([api({ token, url: `${base}${path}` }), late]);
      const { status, ok } = answer.response;
      // pdjs resolves with refusals too.
      if (!ok)
        throw new PortError(
          status === 401 || status === 403 ? "unauthorized" : status >= 500 ? "server_error" : "invalid",
          `PagerDuty answered HTTP ${status}`,
          {
            retryable: status === 401 || status === 403 || status >= 500,
          },
        );
      return answer.data as unknown;
    } catch (cause) {
      if (cause instanceof PortError) throw cause;
      throw new PortError("unreachable", "PagerDuty cannot be reached", { retryable: true, cause: cause instanceof Error ? cause : new Error(String(cause)) });
    } finally {
      clearTimeout(timer);
    }
  };

  const incidentOf = async (dedupKey: string): Promise<string | null> => {
    const data = (await read(`/incidents?incident_key=${encodeURIComponent(dedupKey)}&limit=1`)) as { incidents?: readonly { id: string }[] };
    return data.incidents?.[0]?.id ?? null;
  };

  return {
    async note(dedupKey, text, key) {
      const id = await incidentOf(dedupKey);
      if (id === null) return;
      const mark = `[${key}]`;
      const { notes = [] } = (await read(`/incidents/${id}/notes`)) as { notes?: readonly { content: string }[] };
      if (notes.some(({ content }) => content.includes(mark))) return;
      await request(`${base}/incidents/${id}/notes`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/vnd.pagerduty+json;version=2",
          authorization: `Token token=${token}`,
          ...(from === null ? {} : { from }),
        },
        body: JSON.stringify({ note: { content: `${text.slice(0, 20_000)} ${mark}` } }),
      });
    },
    async whoAmI() {
      const data = (await read("/users?limit=1")) as { users?: readonly object[] };
      return (data.users ?? []).length > 0 ? "it may read users" : "it sees no users";
    },
  };
}
