import { channel } from "node:diagnostics_channel";
import { SocketModeClient } from "@slack/socket-mode";
import type { Logger } from "@slack/web-api";

/** What Slack sends over a line. */
export type SocketEnvelope = {
  readonly body: Record<string, unknown>;
  readonly ack: (response?: unknown) => Promise<void>;
  readonly retry_num?: number;
  readonly retry_reason?: string;
};

/**
 * How long a line may take, in ms. `hello`: from the dial to Slack's greeting; `ping`: between two signs of life from Slack;
 * `leave`: from Slack's leave of it to its end, as requests may be on their way over it.
 */
export type LinePatience = { readonly hello: number; readonly ping: number; readonly leave: number };

type LineSettings = {
  readonly appToken: string;
  readonly apiUrl: string | null;
  readonly logger: Logger;
  readonly patience: LinePatience;
  /** Resolves when the request is answered, or cannot be. */
  readonly onEnvelope: (envelope: SocketEnvelope) => Promise<void>;
};

/** A line that is open. */
export type OpenLine = {
  /**
   * Resolves with the reason when another line is needed: this one broke, or Slack takes leave of it. After that it is kept for
   * what it has brought already.
   */
  readonly closed: Promise<string>;
  /** Closes it once its patience for that has passed and its requests are answered. */
  retire(): Promise<void>;
  close(): Promise<void>;
};

const opened = channel("undici:websocket:open");
const pinged = channel("undici:websocket:ping");
/** After so many ms a line that does not take leave is left alone. */
const LEAVE_MS = 1_000;
/** How long a request that is not answered keeps such a line, in ms: Slack waits no longer for it. */
const ANSWER_MS = 10_000;

/**
 * Dials one line: a client of its own, so that nothing of a line that was given up comes into the next. The client waits for
 * ever for a greeting, and for the first ping; this gives up after its patience.
 * @throws Error that names why there is no line
 */
export async function dialLine({ appToken, apiUrl, logger, patience, onEnvelope }: LineSettings): Promise<OpenLine> {
  const client = new LastingClient({
    appToken,
    logger,
    autoReconnectEnabled: false,
    clientOptions: {
      ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
      retryConfig: { retries: 0 },
      timeout: 5_000,
    },
  });
  const pending = new Set<Promise<void>>();
  client.on("slack_event", (envelope: SocketEnvelope) => {
    const answered: Promise<void> = onEnvelope(envelope).finally(() => pending.delete(answered));
    pending.add(answered);
  });
  const watch = watchLine(client, patience);
  const leave = (): Promise<void> =>
    Promise.race([
      client.disconnect().then(
        () => {},
        () => {},
      ),
      later(LEAVE_MS).done,
    ]);
  try {
    const patient = later(patience.hello);
    await Promise.race([
      client.start(),
      patient.done.then(() => {
        throw new Error(`Slack did not greet within ${patience.hello / 1_000} s of the dial`);
      }),
    ]).finally(() => patient.cancel());
  } catch (error) {
    watch.end();
    void leave();
    throw error;
  }
  watch.begin();
  const closed = watch.over.then((reason) => {
    watch.end();
    return reason;
  });
  return {
    closed,
    close: leave,
    async retire() {
      await later(patience.leave).done;
      const patient = later(ANSWER_MS);
      // A request that it brings meanwhile is waited for, too.
      const answered = async (): Promise<void> => {
        while (pending.size > 0) await Promise.all(pending);
      };
      await Promise.race([answered(), patient.done]).finally(() => patient.cancel());
      await leave();
    },
  };
}

/** The client, but for that it cuts a line as soon as Slack takes leave of it, and with it what is not answered yet. */
class LastingClient extends SocketModeClient {
  protected override async onWebSocketMessage(data: string | ArrayBuffer, isBinary: boolean): Promise<void> {
    if (leaveOf(data) === null) await super.onWebSocketMessage(data, isBinary);
  }
}

/** Listens to what happens on a client's line: `over` is why it ended. */
function watchLine(client: SocketModeClient, patience: LinePatience) {
  let socket: unknown = null;
  let timer: NodeJS.Timeout | undefined;
  let ended: (why: string) => void = () => {};
  const over = new Promise<string>((resolve) => (ended = resolve));
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => ended(`Slack sent no sign of life for ${patience.ping / 1_000} s`), patience.ping);
  };
  // One line is dialed at a time: the next socket that opens is this line's.
  const onOpen = (message: unknown): void => void (socket ??= socketOf(message));
  const onPing = (message: unknown): void => {
    if (timer !== undefined && socket !== null && socketOf(message) === socket) alive();
  };
  opened.subscribe(onOpen);
  pinged.subscribe(onPing);
  client.on("ws_message", (data: unknown) => {
    if (timer !== undefined) alive();
    const leave = leaveOf(data);
    if (leave !== null) ended(leave);
  });
  client.on("disconnected", () => ended("the connection broke"));
  return {
    over,
    begin: alive,
    end(): void {
      clearTimeout(timer);
      timer = undefined;
      opened.unsubscribe(onOpen);
      pinged.unsubscribe(onPing);
    },
  };
}

function socketOf(message: unknown): unknown {
  return typeof message === "object" && message !== null && "websocket" in message ? message.websocket : null;
}

/** Why Slack ends a line, in its own words; null when it does not. */
function leaveOf(data: unknown): string | null {
  if (typeof data !== "string" || !data.includes('"disconnect"')) return null;
  try {
    const { type, reason } = JSON.parse(data) as { readonly type?: unknown; readonly reason?: unknown };
    return type === "disconnect" ? `Slack ended it: ${typeof reason === "string" ? reason : "no reason given"}` : null;
  } catch {
    return null;
  }
}

/** A wait that can be called off. */
function later(ms: number): { readonly done: Promise<void>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  const done = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  return { done, cancel: () => clearTimeout(timer) };
}
