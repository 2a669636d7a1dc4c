import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { NamedProblem } from "#domain/values/named-problem.ts";
import { badRequestOf } from "#handlers/bad-requests.ts";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";

type Door = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export type HttpServer = { readonly server: Server; readonly app: Express };

/**
 * One node:http server. The doors that must take a storm stand in front of Express; everything else is Express.
 * @param https people reach us by it: then browsers are instructed to use nothing else
 * @param hot path without trailing slash → door; a trailing slash is the same door, never a redirect
 */
export function createHttpServer(
  hot: ReadonlyMap<string, Door>,
  onError: (error: unknown) => void,
  https: boolean,
): HttpServer {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  const server = createServer((request, response) => {
    if (https) response.setHeader("strict-transport-security", "max-age=31536000");
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

/** Answers what a door throws: the sender's error by its status and in words, ours as 503 with the details in the log. */
export function errorHandler(onError: (error: unknown) => void): ErrorRequestHandler {
  // Express recognizes an error handler by its four parameters.
  return (error: unknown, _request, response, _next) => {
    const bad = badRequestOf(error);
    if (bad === null) onError(error);
    if (response.headersSent) return;
    if (bad !== null) return void response.status(bad.status).json({ error: bad.message });
    response
      .status(503)
      .set("retry-after", "5")
      .json({
        error:
          error instanceof NamedProblem
            ? `Nothing was stored: ${error.message}. Try again in a moment.`
            : "Muster could not answer this now; its log says why",
      });
  };
}

/** A server for some handlers alone, on the port of MUSTER_METRICS_PORT. @throws Error that names the setting */
export async function openSideServer(
  handlers: readonly RequestHandler[],
  port: number,
  host: string,
  onError: (error: unknown) => void,
): Promise<Server> {
  const { server, app } = createHttpServer(new Map(), onError, false);
  app.use(...handlers);
  app.use((_, response) => void response.status(404).json({ error: "here are /metrics and /health" }));
  app.use(errorHandler(onError));
  await startListening(server, port, host, "MUSTER_METRICS_PORT");
  return server;
}

/** Listens, and answers the port: the one asked for, or the free one that 0 picked. @throws Error that names the setting */
export function startListening(server: Server, port: number, host: string, setting = "PORT"): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void =>
      reject(new Error(whyNot(cause, setting, port, host), { cause }));
    server.once("error", failed);
    server.listen(port, host, () => {
      server.removeListener("error", failed);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function whyNot({ code, message }: NodeJS.ErrnoException, setting: string, port: number, host: string): string {
  if (code === "EADDRINUSE") return `port ${port} is taken; set ${setting} to another, or to 0 for a free one`;
  if (code === "EACCES") return `port ${port} needs more rights than Muster has; set ${setting} to one above 1023`;
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

/** The address of a port of ours, as people and programs on this machine reach it. */
export function addressOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The same for several servers; one that does not listen is closed already. */
export async function closeServers(servers: readonly Server[], timeoutMs: number): Promise<void> {
  await Promise.all(servers.filter(({ listening }) => listening).map((each) => closeServer(each, timeoutMs)));
}
