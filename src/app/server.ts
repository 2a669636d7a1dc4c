import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { StorageOutageError } from "#engine/base/submit.ts";
import express, { type ErrorRequestHandler, type Express } from "express";

type Door = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export type HttpServer = { readonly server: Server; readonly app: Express };

/**
 * One node:http server. The doors that must take a storm stand in front of Express; everything else is Express.
 * @param hot path without trailing slash → door; a trailing slash is the same door, never a redirect
 */
export function createHttpServer(hot: ReadonlyMap<string, Door>, onError: (error: unknown) => void): HttpServer {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  const server = createServer((request, response) => {
    const door = hot.get(pathOf(request.url ?? ""));
    if (door === undefined) {
      app(request, response);
      return;
    }
    door(request, response).catch((error: unknown) => {
      onError(error);
      if (!response.headersSent) response.writeHead(500).end();
    });
  });
  // A sender that opens a connection and sends nothing must not keep it.
  server.requestTimeout = 30_000;
  server.headersTimeout = 10_000;
  server.keepAliveTimeout = 65_000;
  return { server, app };
}

function pathOf(url: string): string {
  const query = url.indexOf("?");
  const path = query < 0 ? url : url.slice(0, query);
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

/** Handles whatever a door throws: a clear answer outside, the details in the log. */
export function errorHandler(onError: (error: unknown) => void): ErrorRequestHandler {
  // Express recognizes an error handler by its four parameters.
  return (error: unknown, _request, response, _next) => {
    onError(error);
    if (!response.headersSent)
      response
        .status(503)
        .set("retry-after", "5")
        .json({
          error:
            error instanceof StorageOutageError
              ? `Nothing was stored: ${error.message}. Try again in a moment.`
              : "Muster could not answer this now; its log says why",
        });
  };
}

/** Listens, and answers the port: the one asked for, or the free one that 0 picked. @throws Error that names the setting */
export function startListening(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void => reject(new Error(whyNot(cause, port, host), { cause }));
    server.once("error", failed);
    server.listen(port, host, () => {
      server.removeListener("error", failed);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function whyNot({ code, message }: NodeJS.ErrnoException, port: number, host: string): string {
  if (code === "EADDRINUSE") return `port ${port} is taken; set PORT to another, or to 0 for a free one`;
  if (code === "EACCES") return `port ${port} needs more rights than Muster has; set PORT to one above 1023`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return `"${host}" is no address of this machine; set HOST to 127.0.0.1, or to 0.0.0.0 for all`;
  return message;
}

/** Takes no new connection, lets the requests in hand finish, and resolves when they have, or after `patience` ms. */
export async function closeServer(server: Server, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // A connection with a request in hand is idle once that is answered, and its owner would keep it for the next.
  const sweep = setInterval(() => server.closeIdleConnections(), 25);
  const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(timer);
}
