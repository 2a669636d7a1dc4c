import type { AckFn, App, Receiver } from "@slack/bolt";
import type { Logger } from "@slack/web-api";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { isUnsubscribedEvent, slackBodyProblem } from "./request-shape.ts";
import { dialLine, type LinePatience, type OpenLine, type SocketEnvelope } from "./socket-line.ts";

export type SocketSettings = {
  readonly appToken: string;
  /** null: Slack's own. */
  readonly apiUrl: string | null;
  readonly logger: Logger;
  readonly onError: (error: Error) => void;
  /** Called when the line to Slack opens (null), and when it ends or cannot be dialed, with the reason. */
  readonly onLine: (problem: string | null) => void;
  /** Absent: Slack's. */
  readonly patience?: LinePatience;
  /** ms that go on evenly. */
  readonly monotonic: () => number;
};

/** Slack pings every few seconds, greets within one, and ends a line about ten after it took leave of it. */
const PATIENCE: LinePatience = { hello: 10_000, ping: MINUTE_MS, leave: 10_000 };
/** ms until the next dial after a line that could not be opened, or did not last; doubled each time, up to the last. */
const FIRST_WAIT = 500;
const LAST_WAIT = 30_000;
/** A line that lasted so long was a good one: the next dial after it is made at once. */
const STEADY_MS = 30_000;

/**
 * Slack's door without a public address: Muster dials out, and Slack sends over that line what it would have posted.
 * Starting waits for nothing, and the line is dialed again for as long as it takes: the client's own way of reconnecting
 * ends the process when Slack cannot be reached while it tries.
 */
export class SocketReceiver implements Receiver {
  readonly #settings: SocketSettings;
  #app: App | null = null;
  /** The open line, and those that are kept for their last requests. */
  readonly #lines = new Set<OpenLine>();
  #stopped = false;
  #wake: () => void = () => {};

  constructor(settings: SocketSettings) {
    this.#settings = settings;
  }

  init(app: App): void {
    this.#app = app;
  }

  start(): Promise<void> {
    void this.#dial();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await Promise.all(Array.from(this.#lines, (line) => line.close()));
  }

  async #dial(): Promise<void> {
    const { appToken, apiUrl, logger, onError, onLine, monotonic, patience = PATIENCE } = this.#settings;
    const onEnvelope = (envelope: SocketEnvelope): Promise<void> => this.#take(envelope);
    for (let wait = FIRST_WAIT; !this.#stopped;) {
      const began = monotonic();
      try {
        const line = await dialLine({ appToken, apiUrl, logger, patience, onEnvelope });
        if (this.#stopped) return await line.close();
        this.#lines.add(line);
        onLine(null);
        onLine(await line.closed);
        void line.retire().finally(() => this.#lines.delete(line));
      } catch (error) {
        const failure = error instanceof Error ? error : new Error("Slack did not open a line", { cause: error });
        onLine(failure.message);
        onError(failure);
      }
      if (this.#stopped) return;
      if (monotonic() - began >= STEADY_MS) {
        wait = FIRST_WAIT;
        continue;
      }
      await this.#pause(wait);
      wait = Math.min(wait * 2, LAST_WAIT);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /**
   * An event that cannot be stored is not acknowledged: Slack sends it again, or shows the person an error. One that cannot
   * be read is: it would be the same the next time.
   */
  async #take({ body, ack, retry_num: retryNum, retry_reason: retryReason }: SocketEnvelope): Promise<void> {
    try {
      const problem = slackBodyProblem(body);
      if (problem !== null) {
        this.#settings.logger.warn(`a request over Slack's line was left: ${problem}`);
        return await ack();
      }
      if (isUnsubscribedEvent(body)) return await ack();
      // Bolt acknowledges an event before anyone has looked at it.
      const isEvent = body["type"] === "event_callback";
      await this.#app?.processEvent({
        body,
        ack: isEvent ? () => Promise.resolve() : (ack as AckFn<unknown>),
        ...(retryNum === undefined ? {} : { retryNum }),
        ...(retryReason === undefined ? {} : { retryReason }),
      });
      if (isEvent) await ack();
    } catch {
      // The app's own error handler has logged it.
    }
  }
}
