import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** An HTTP server of a double, on a free port of the loopback. */
export type HttpDouble = {
  readonly url: string;
  /** Ends it and cuts every open connection. */
  readonly close: () => Promise<void>;
};

/** Starts the server of a double. `serve` gets each request with its whole body as text. */
export async function startHttpDouble(
  serve: (request: IncomingMessage, response: ServerResponse, text: string) => void,
): Promise<HttpDouble> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => serve(request, response, text));
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** "POST /repos/octo-org/shop/issues": how doubles list their requests, and what faults are matched with. */
export function requestLine({ method, url = "/" }: IncomingMessage): string {
  return `${method} ${new URL(url, "http://double").pathname}`;
}

/** Faults that wait for requests, in the order in which they were added. */
export class FaultQueue<F> {
  #waiting: { readonly matching: RegExp; readonly fault: F }[] = [];

  add(matching: RegExp, faults: readonly F[]): void {
    this.#waiting.push(...faults.map((fault) => ({ matching, fault })));
  }

  /** The first fault for a request, used up; null when there is none. */
  take(line: string): F | null {
    const at = this.#waiting.findIndex(({ matching }) => matching.test(line));
    return at < 0 ? null : this.#waiting.splice(at, 1)[0]!.fault;
  }

  clear(): void {
    this.#waiting = [];
  }
}
