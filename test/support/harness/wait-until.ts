import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { TEST_PATIENCE } from "./patience.ts";
import { monotonic } from "./test-clock.ts";

/** Below the ports that the system hands out by itself, and for each of vitest's workers its own. */
const FIRST = 10_000 + 2_000 * (Number(process.env["VITEST_POOL_ID"] ?? 0) % 10);
let next = Math.floor(Math.random() * 2_000);

/** A loopback port that no one uses, and that no one is given who asks for any port before it is listened on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + (next++ % 2_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/**
 * Asks every 25 ms (or `everyMs`) until `predicate` answers something truthy, and answers that. A predicate that throws is asked again;
 * what it threw last is the `cause` of the error, which names `what` was waited for.
 */
export async function waitFor<T>(
  predicate: () => T | Promise<T>,
  {
    what,
    timeoutMs = 10_000,
    everyMs = 25,
  }: { readonly what: string; readonly timeoutMs?: number; readonly everyMs?: number },
): Promise<Exclude<T, false | null | undefined | 0 | "">> {
  const deadline = monotonic() + timeoutMs * TEST_PATIENCE;
  let cause: unknown;
  for (;;) {
    try {
      cause = undefined;
      const answer = await predicate();
      if (answer) return answer as Exclude<T, false | null | undefined | 0 | "">;
    } catch (error) {
      cause = error;
    }
    if (monotonic() > deadline)
      throw new Error(`waited ${timeoutMs * TEST_PATIENCE} ms in vain for ${what}`, { cause });
    await sleep(everyMs);
  }
}
