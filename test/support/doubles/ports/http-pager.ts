import { createServer } from "node:http";
import type { PageRequest, Paging } from "#ports/paging.ts";
import { PortError } from "#ports/port-error.ts";
import { freePort } from "#test/support/harness/wait-until.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

/** A request that reached the pager, with when. */
export type ReceivedPage = PageRequest & { readonly at: number };

/** A paging service that lives in the test, so that it remembers what processes that are dead by now asked of it. */
export type PagerServer = {
  readonly url: string;
  /** Every request to wake someone, repeated ones too. */
  readonly triggers: readonly ReceivedPage[];
  readonly acknowledged: readonly string[];
  readonly resolved: readonly string[];
  /** Whom it woke: as a paging service does, once for a key and priority. */
  woken(): ReceivedPage[];
  /** The same pager for a Muster in this process. */
  readonly port: Paging;
  close(): Promise<void>;
};

/** The pager's end in a process of its own. */
export function httpPaging(url: string): Paging {
  const send = async (path: string, body: object): Promise<void> => {
    try {
      const response = await fetch(`${url}/${path}`, {
        method: "POST",
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(2_000),
      });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
    } catch (cause) {
      throw new PortError("unreachable", "the pager cannot be reached", {
        retryable: true,
        mayHaveHappened: true,
        cause,
      });
    }
  };
  return {
    name: "pager",
    title: "PagerDuty",
    trigger: (page) => send("trigger", page).then(() => null),
    acknowledge: ({ dedupKey }) => send("acknowledge", { dedupKey }),
    resolve: ({ dedupKey }) => send("resolve", { dedupKey }),
    ...PLAIN,
  };
}

/** What a pager can do without that it is a pager. */
const PLAIN = {
  placeOf: () => null,
  hasAlarm: () => Promise.resolve(null),
  annotate: () => Promise.resolve(),
  reinforce: () => Promise.resolve(false),
  describe: () => Promise.resolve(),
  oncalls: () => Promise.resolve(null),
  choosesPeople: () => true,
  outlineEvent: () => null,
  readEvent: () => Promise.resolve(null),
} satisfies Partial<Paging>;

/** Starts a pager. */
export async function startPager(): Promise<PagerServer> {
  const triggers: ReceivedPage[] = [];
  const acknowledged: string[] = [];
  const resolved: string[] = [];
  const take = (what: string, body: PageRequest): void => {
    if (what === "trigger") triggers.push({ ...body, at: wallClock() });
    else (what === "resolve" ? resolved : acknowledged).push(body.dedupKey);
  };
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      take((request.url ?? "").slice(1), JSON.parse(text) as PageRequest);
      response.end();
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const locally =
    (what: string) =>
    (body: object): Promise<void> =>
      Promise.resolve(take(what, body as PageRequest));
  return {
    url: `http://127.0.0.1:${port}`,
    triggers,
    acknowledged,
    resolved,
    woken: () =>
      [
        ...new Map(
          triggers.toReversed().map((page) => [`${page.dedupKey} ${page.priority} ${page.to}`, page]),
        ).values(),
      ].toReversed(),
    port: {
      name: "pager",
      title: "PagerDuty",
      trigger: (page) => locally("trigger")(page).then(() => null),
      acknowledge: ({ dedupKey }) => locally("acknowledge")({ dedupKey }),
      resolve: ({ dedupKey }) => locally("resolve")({ dedupKey }),
      ...PLAIN,
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
