import { BadRequest } from "#handlers/bad-requests.ts";
import { isUnsubscribedEvent, slackBodyProblem } from "./request-shape.ts";
import { ExpressReceiver, type ExpressReceiverOptions, type App, type ReceiverEvent } from "@slack/bolt";

/**
 * Bolt acknowledges an event before anyone has looked at it. This receiver stores the event first, and Slack delivers
 * again what could not be stored. A request with a response address outside Slack does not come from Slack, and neither does
 * one that has not the shape that Slack gives it: both are refused for good.
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
      const problem = slackBodyProblem(event.body);
      if (problem !== null) throw new BadRequest(problem);
      const { type, response_url: url } = event.body as { readonly type?: unknown; readonly response_url?: unknown };
      if (typeof url === "string" && !this.#isSlacks(url))
        throw new BadRequest("response_url: expected an address of Slack");
      if (type !== "event_callback") return processAnswered(bolt, event);
      if (!isUnsubscribedEvent(event.body)) await bolt.processEvent({ ...event, ack: () => Promise.resolve() });
      await event.ack();
    };
    super.init({ processEvent: process } as App);
  }
}

/** What no listener answers is refused at once: Bolt would keep its sender waiting, and answer 404 then. */
async function processAnswered(bolt: App, event: ReceiverEvent): Promise<void> {
  let answered = false;
  const ack: typeof event.ack = (response) => {
    answered = true;
    return event.ack(response);
  };
  await bolt.processEvent({ ...event, ack });
  if (!answered) throw new BadRequest("Muster listens to no request of this kind");
}
