import { request } from "node:http";
import { TEST_PATIENCE } from "#test/support/harness/patience.ts";
import type { TestApp } from "./test-app.ts";

export type RawRequest = {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
};
/** An answer, and what Muster logged as errors meanwhile. */
export type RawAnswer = { readonly status: number; readonly text: string; readonly errors: readonly string[] };

/** ms after which no answer is one. */
const SILENCE_MS = 10_000;

/** Sends what `fetch` would put right first: the path goes as it is. A line that stays open is left after its first words. */
export async function sendRaw(
  app: TestApp,
  { method = "GET", path, headers = {}, body }: RawRequest,
): Promise<RawAnswer> {
  const before = app.log.lines.length;
  const { hostname, port } = new URL(app.url);
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const sent = request({ hostname, port, method, path, headers, agent: false }, (response) => {
    let text = "";
    response.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (path.startsWith("/live")) response.destroy();
    });
    response.on("close", () => resolve({ status: response.statusCode ?? 0, text }));
  });
  sent.setTimeout(SILENCE_MS * TEST_PATIENCE, () => sent.destroy(new Error(`no answer to ${method} ${path}`)));
  sent.on("error", reject);
  sent.end(body);
  const answer = await promise;
  const errors = app.log.lines.slice(before).flatMap(({ level, message }) => (level === "error" ? [message] : []));
  return { ...answer, errors };
}
