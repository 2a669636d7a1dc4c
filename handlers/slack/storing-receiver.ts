import { ExpressReceiver, type ExpressReceiverOptions, type App, type ReceiverEvent } from "@slack/bolt";

/**
 * Bolt acknowledges an event before anyone has looked at it. Here one is stored first, and what cannot be stored is
 * delivered by Slack again. A request that wants its answer sent to anywhere but Slack is not Slack's.
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
