import { ExpressReceiver, type ExpressReceiverOptions, type App, type ReceiverEvent } from "@slack/bolt";

/**
 * Bolt acknowledges an event before anyone has looked at it. This receiver stores the event first, and Slack delivers
 * again what could not be stored. A request with a response address outside Slack does not come from Slack.
 */
export class StoringReceiver extends ExpressReceiver {
  readonly #isSlacks: (url: string) => boolean;

  /** `isSlacks`: whether answers may be sent to this address. */
  constructor({
    isSlacks: isSlackPath,
    ...options
  }: ExpressReceiverOptions & { readonly isSlacks: (url: string) => boolean }) {
    super(options);
    this.#isSlacks = isSlackPath;
  }

  override init(bolt: App): void {
    const process = async (event: ReceiverEvent): Promise<void> => {
      const { type, response_url: url } = event.body as { readonly type?: unknown; readonly response_url?: unknown };
      if (typeof url === "string" && !this.#isSlacks(url))
        throw new Error("a request whose response_url is not Slack's");
      if (type !== "event_callback") return bolt.processEvent(event);
      await bolt.processEvent({ ...event, ack: () => Promise.resolve() });
      await event.ack();
    };
    super.init({ processEvent: process } as App);
  }
}
