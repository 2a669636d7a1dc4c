import { createServer, type IncomingMessage } from "node:http";
import { freePort } from "#test/support/harness/servers/servers.ts";

/** A product that answers 200 and keeps what it was sent. */
export async function startListeningProduct(): Promise<{
  readonly url: string;
  readonly got: { readonly headers: IncomingMessage["headers"]; readonly body: string }[];
  close(): void;
}> {
  const got: { headers: IncomingMessage["headers"]; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      got.push({ headers: request.headers, body });
      response.end("ok");
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${port}`, got, close: () => void server.close() };
}
