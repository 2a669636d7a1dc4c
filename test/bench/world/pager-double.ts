import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { wallClock } from "#test/support/harness/test-clock.ts";

/** A pager that accepts everything, some ms after it was asked; `asked` has each request and when it came. */
export type PagerDouble = {
  readonly url: string;
  readonly asked: readonly { readonly at: number; readonly body: string }[];
  close(): void;
};

/** Starts one that speaks as PagerDuty's Events API v2 does. */
export async function startPagerDouble(latencyMs: number): Promise<PagerDouble> {
  const asked: { at: number; body: string }[] = [];
  const server: Server = createServer((request, response) => {
    const at = wallClock();
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      asked.push({ at, body });
      const { dedup_key: key } = JSON.parse(body) as { dedup_key?: string };
      const answer = JSON.stringify({ status: "success", message: "Event processed", dedup_key: key });
      setTimeout(() => response.writeHead(202, { "content-type": "application/json" }).end(answer), latencyMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked, close: () => void (server.closeAllConnections(), server.close()) };
}
