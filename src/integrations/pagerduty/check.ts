import { PortError } from "#ports/port-error.ts";
import { buildChangeEvent } from "./pagerduty-event.ts";
import { AcceptedEvent, enqueueUrl } from "./pagerduty-paging.ts";
import { sendRequest } from "./client.ts";

/** No alarm has this key: PagerDuty looks at the routing key, accepts the event, and drops it. */
const NOBODYS = "muster-doctor";

/**
 * Asks PagerDuty whether it takes events with a routing key, without an alarm: it sends the end of an alarm which never
 * was. Throws in words that name the fix.
 */
export async function checkRoutingKey(eventsUrl: string | null, key: string): Promise<void> {
  const where = "Services → Integrations → Events API v2 → Integration Key";
  if (!/^[0-9a-zA-Z]{32}$/.test(key))
    throw new Error(`this is no routing key: it has 32 letters and digits (${where})`);
  try {
    await sendRequest(
      enqueueUrl(eventsUrl),
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: buildChangeEvent(key, "resolve", NOBODYS),
      },
      AcceptedEvent,
    );
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    if (error.reason === "unreachable" || error.reason === "timeout")
      throw new Error(
        `${error.message} at ${enqueueUrl(eventsUrl)}. Check the network, a proxy or firewall on the way.`,
        { cause: error },
      );
    const owner = error.retryable ? "Try again in a minute" : `Copy the key again (${where})`;
    throw new Error(`${error.message}. ${owner}.`, { cause: error });
  }
}
