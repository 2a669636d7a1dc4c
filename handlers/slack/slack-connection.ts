import { App, LogLevel, type Logger } from "@slack/bolt";
import type { Express, RequestHandler } from "express";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import { registerButtonClicks } from "./button-clicks.ts";
import type { SignatureReport } from "#handlers/access/refused-signatures.ts";
import { badRequestOf } from "#handlers/bad-requests.ts";
import type { CommandDoor } from "#handlers/command-reply.ts";
import { SocketReceiver } from "./socket-receiver.ts";
import { registerAdmission } from "./slack-admission.ts";
import { registerSlackEvents } from "./slack-events.ts";
import { StoringReceiver } from "./storing-receiver.ts";
import { registerSlashCommands } from "./slash-command.ts";
import { registerFormSubmissions } from "./form-submissions.ts";

export type SlackMount = {
  readonly signingSecret: string;
  readonly token: string;
  /** Set: Muster dials out to Slack (Socket Mode), and nothing is mounted. */
  readonly socket: { readonly appToken: string; readonly apiUrl: string | null } | null;
  /** Whether an answer may be sent to this address. */
  readonly isSlacks: (url: string) => boolean;
  readonly onError: (error: Error) => void;
  /** The machine's clock, which the timestamps of requests are held against. */
  readonly now: () => Instant;
  /** Called for each dial and each end of a line in Socket Mode: null when it is open, else why it is not. */
  readonly onLine: (problem: string | null) => void;
  /** ms that go on evenly. */
  readonly monotonic: () => number;
  /** Bolt's log, for example for a request without Slack's signature. */
  readonly warn: (message: string) => void;
  readonly badSignature: SignatureReport;
};

const ENDPOINT = "/slack/events";

/** How far ahead of ours Slack's clock may be, in ms: as far as Bolt lets it lie behind. */
const CLOCKS_DIFFER_MS = 5 * MINUTE_MS;

/** Reports what is refused for its signature or its timestamp, by whichever of those behind this. */
function reportRefused(badSignature: SignatureReport): RequestHandler {
  return (request, response, next) => {
    response.on("finish", () => {
      if (response.statusCode !== 401) return;
      const signed = request.get("x-slack-signature") !== undefined;
      badSignature(
        request,
        "SLACK_SIGNING_SECRET",
        signed ? "its signature does not fit, or its timestamp is not of now" : "it has no signature",
      );
    });
    next();
  };
}

/** What Slack sends as a timestamp and as a signature; nothing else is one. Bolt reads more into them: 0x6a, 1e9, 12.5. */
const TIMESTAMP = /^[1-9]\d{0,11}$/;
const SIGNATURE = /^v0=[0-9a-f]{64}$/;

/**
 * Bolt refuses a timestamp that is too old. One of the future could be used until long after it was signed. What stands in
 * front of "=" in a signature is a part of what Bolt takes for signed: only Slack's own version may stand there, or parts of
 * one signed request could be moved about to make another.
 */
function refuseOddProof(now: () => Instant): RequestHandler {
  return (request, response, next) => {
    const stamp = request.get("x-slack-request-timestamp") ?? "";
    const isGood = TIMESTAMP.test(stamp) && SIGNATURE.test(request.get("x-slack-signature") ?? "");
    if (isGood && Number(stamp) * 1_000 <= now() + CLOCKS_DIFFER_MS) return next();
    response.status(401).end();
  };
}

/** What Bolt calls the one workspace that there is; nothing is asked by it. */
const OWN_WORKSPACE = "own";

/** The door to Slack. `problem`: why Slack cannot reach us, as far as we know; null when it can. */
export type SlackConnection = {
  readonly problem: () => string | null;
  readonly start: () => Promise<unknown>;
  readonly stop: () => Promise<unknown>;
};

/**
 * Slack's door: at POST /slack/events, where Bolt checks the signature, or over a line that Muster dials. Must be mounted
 * before any body parser, which would eat what the signature is computed over. Starting it waits for nothing, so that
 * Muster starts while Slack is down.
 */
export function mountSlack(server: Express, mount: SlackMount, door: CommandDoor): SlackConnection {
  const { signingSecret, token, socket, onError } = mount;
  const logger = boltLog(mount.warn);
  let problem = socket === null ? null : "it was not dialed yet";
  const noteLine = (now: string | null): void => {
    problem = now;
    mount.onLine(now);
  };
  const reported = new WeakSet<Error>();
  if (socket === null) server.post(ENDPOINT, reportRefused(mount.badSignature), refuseOddProof(mount.now));
  const receiver =
    socket !== null
      ? new SocketReceiver({ ...socket, logger, onError, monotonic: mount.monotonic, onLine: noteLine })
      : new StoringReceiver({
          isSlacks: mount.isSlacks,
          signingSecret,
          app: server,
          endpoints: ENDPOINT,
          logger,
          // A command that could not be stored is reported to Slack at once, and by Slack to the person, not after three seconds.
          processEventErrorHandler: ({ error, response }) => {
            const bad = badRequestOf(unwrapError(error));
            if (bad === null && error instanceof Error && !reported.has(error)) onError(error);
            if (bad !== null && !response.headersSent)
              response
                .writeHead(bad.status, { "content-type": "application/json; charset=utf-8" })
                .end(JSON.stringify({ error: bad.message }));
            if (!response.headersSent) response.writeHead(503).end();
            return Promise.resolve(true);
          },
        });
  // The workspace is named here, or Bolt keeps a client for each that a request names, and forever.
  const authorize = () => Promise.resolve({ botToken: token, teamId: OWN_WORKSPACE });
  const app = new App({ receiver, authorize, ignoreSelf: false, logger });
  app.error((error) => {
    reported.add(error);
    if (badRequestOf(unwrapError(error)) === null) onError(error);
    return Promise.reject(error);
  });
  registerAdmission(app, door);
  registerSlackEvents(app, door);
  registerSlashCommands(app, door);
  registerButtonClicks(app, door);
  registerFormSubmissions(app, door);
  return {
    problem: () => problem,
    start: () => (socket === null ? Promise.resolve() : app.start()),
    stop: () => (socket === null ? Promise.resolve() : app.stop()),
  };
}

/** Bolt wraps what a listener throws. */
function unwrapError(error: unknown): unknown {
  return error instanceof Error && "original" in error ? error.original : error;
}

/** Warnings of Bolt about requests that are not proved to be Slack's: anyone can cause them, as often as they like. */
const UNSIGNED = /^(?:Request verification failed|Request body exceeded|Failed to read request body)/;

/** Bolt writes to the console by itself; this makes its warnings lines of our log, but for what strangers send. */
function boltLog(warn: (message: string) => void): Logger {
  const logWords = (...words: readonly unknown[]): void => {
    const text = words.map((word) => (word instanceof Error ? word.message : String(word))).join(" ");
    if (!UNSIGNED.test(text)) warn(text);
  };
  const noop = (): void => {};
  return {
    debug: noop,
    info: noop,
    warn: logWords,
    error: logWords,
    setLevel: noop,
    getLevel: () => LogLevel.WARN,
    setName: noop,
  };
}
