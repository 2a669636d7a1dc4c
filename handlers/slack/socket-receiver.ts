import type { AckFn, App, Receiver } from "@slack/bolt";
import { SocketModeClient } from "@slack/socket-mode";
import type { Logger } from "@slack/web-api";

export type SocketSettings = {
  readonly appToken: string;
  /** null: Slack's own. */
  readonly apiUrl: string | null;
  readonly logger: Logger;
  readonly onError: (error: Error) => void;
  /** Called when the connection to Slack opens (true) or breaks (false). */
  readonly onLine: (open: boolean) => void;
};

type Envelope = {
  readonly body: Record<string, unknown>;
  readonly ack: AckFn<unknown>;
  readonly retry_num?: number;
  readonly retry_reason?: string;
};

/** ms until the next try after one that failed; doubled each time, up to the last. */
const FIRST_WAIT = 500;
const LAST_WAIT = 30_000;

/**
 * Slack's door without a public address: Muster dials out, and Slack sends over that line what it would have posted.
 * Starting waits for nothing, and the line is dialed again for as long as it takes: the client's own way of reconnecting
 * ends the process when Slack cannot be reached while it tries.
 */
export class SocketReceiver implements Receiver {
  readonly #client: SocketModeClient;
  readonly #settings: SocketSettings;
  #app: App | null = null;
  #stopped = false;
  #wake: () => void = () => {};

  constructor(settings: SocketSettings) {
    this.#settings = settings;
    const { appToken, apiUrl, logger } = settings;
    this.#client = new SocketModeClient({
      appToken,
      logger,
      autoReconnectEnabled: false,
      clientOptions: {
        ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
        retryConfig: { retries: 0 },
        timeout: 5_000,
      },
    });
    this.#client.on("slack_event", (envelope: Envelope) => void this.#take(envelope));
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
    await this.#client.disconnect().catch(() => {});
  }

  async #dial(): Promise<void> {
    for (let wait = FIRST_WAIT; !this.#stopped;) {
      try {
        const closed = new Promise<void>((resolve) => this.#client.once("disconnected", () => resolve()));
        await this.#client.start();
        this.#settings.onLine(true);
        wait = FIRST_WAIT;
        await closed;
      } catch (error) {
        this.#settings.onError(
          error instanceof Error ? error : new Error("Slack did not open a line", { cause: error }),
        );
        await this.#pause(wait);
        wait = Math.min(wait * 2, LAST_WAIT);
      }
      this.#settings.onLine(false);
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

  /** An event that cannot be stored is not acknowledged: Slack sends it again, or tells the person. */
  async #take({ body, ack, retry_num: retryNum, retry_reason: retryReason }: Envelope): Promise<void> {
    try {
      await this.#app?.processEvent({
        body,
        ack,
        ...(retryNum === undefined ? {} : { retryNum }),
        ...(retryReason === undefined ? {} : { retryReason }),
      });
    } catch {
      // The app's own error handler has logged it.
    }
  }
}
