import { App, LogLevel, type Logger } from "@slack/bolt";
import type { Express } from "express";
import { registerButtonClicks } from "./button-clicks.ts";
import type { CommandDoor } from "#handlers/command-reply.ts";
import { SocketReceiver } from "./socket-receiver.ts";
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
  /** Bolt's log, for example for a request without Slack's signature. */
  readonly warn: (message: string) => void;
};

/** The door to Slack. `line`: whether Slack can reach us, as far as we know. */
export type SlackConnection = {
  readonly line: () => boolean;
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
  let open = socket === null;
  const reported = new WeakSet<Error>();
  const receiver =
    socket !== null
      ? new SocketReceiver({ ...socket, logger, onError, onLine: (now) => void (open = now) })
      : new StoringReceiver({
          isSlacks: mount.isSlacks,
          signingSecret,
          app: server,
          endpoints: "/slack/events",
          logger,
          // A command that could not be stored is reported to Slack at once, and by Slack to the person, not after three seconds.
          processEventErrorHandler: ({ error, response }) => {
            if (error instanceof Error && !reported.has(error)) onError(error);
            if (!response.headersSent) response.writeHead(503).end();
            return Promise.resolve(true);
          },
        });
  const app = new App({ receiver, authorize: () => Promise.resolve({ botToken: token }), ignoreSelf: false, logger });
  app.error((error) => {
    reported.add(error);
    onError(error);
    return Promise.reject(error);
  });
  registerSlackEvents(app, door);
  registerSlashCommands(app, door);
  registerButtonClicks(app, door);
  registerFormSubmissions(app, door);
  return {
    line: () => open,
    start: () => (socket === null ? Promise.resolve() : app.start()),
    stop: () => (socket === null ? Promise.resolve() : app.stop()),
  };
}

/** Bolt writes to the console by itself; this makes its warnings lines of our log. */
function boltLog(warn: (message: string) => void): Logger {
  const logWords = (...words: readonly unknown[]): void =>
    warn(words.map((word) => (word instanceof Error ? word.message : String(word))).join(" "));
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
