import { inWords, resolveTicketPlace } from "#config/ticket-place.ts";
import { PortError } from "#ports/port-error.ts";
import type { Ticket, Tickets } from "#ports/tickets.ts";
import type { TicketPlace, TrackerDefinition } from "#ports/tracker.ts";
import type { IntegrationSetup } from "./integration.ts";

/** Connects every tracker that is set up; null when none is. */
export function connectTrackers({ config, policy, clock, metrics, allowances }: IntegrationSetup): Tickets | null {
  const placeOf = (team: string | null): TicketPlace => resolveTicketPlace(team, policy(), config.trackers);
  const offers = config.trackers.map(({ tracker, access }): TrackerOffer => {
    const { target } = tracker;
    const connect = (): Tickets =>
      access!.connect({
        placeOf(team) {
          const place = placeOf(team);
          return place.target === target ? place : noTicketPlace(place);
        },
        clock,
        allowances,
        onCall: (call) => metrics.trackerCall({ tracker: target, ...call }),
      });
    return { tracker, tickets: access === null ? null : connect() };
  });
  return combineTrackers(offers, placeOf);
}

/** A tracker among others; `tickets` null: it is not set up. */
type TrackerOffer = { readonly tracker: TrackerDefinition; readonly tickets: Tickets | null };

/**
 * The trackers that are set up, as one: a ticket is opened where the policy of its team puts it, and is later found by
 * its key, whatever the policy is by then. null when none is set up.
 */
function combineTrackers(
  offers: readonly TrackerOffer[],
  placeOf: (team: string | null) => TicketPlace,
): Tickets | null {
  const ready = offers.flatMap(({ tracker: { target }, tickets }) => (tickets === null ? [] : [{ target, tickets }]));
  const [only, another] = ready;
  if (only === undefined) return null;

  const trackerOf = ({ key }: Ticket): Tickets => {
    const offer = offers.find(({ tracker }) => tracker.owns(key));
    if (offer?.tickets) return offer.tickets;
    throw unsupported(
      `${key} is in a tracker that is not set up any more${offer === undefined ? "" : `: set ${inWords(offer.tracker.settings)}`}`,
    );
  };
  return {
    name: ready.map(({ tickets }) => tickets.name).join(", "),
    async open(ticket, attempt) {
      // A single tracker reports by itself what it lacks for a team.
      if (another === undefined) return only.tickets.open(ticket, attempt);
      const place = placeOf(ticket.team);
      const found = ready.find(({ target }) => target === place.target);
      return found === undefined ? noTicketPlace(place) : found.tickets.open(ticket, attempt);
    },
    comment: async (ticket, text, attempt) => trackerOf(ticket).comment(ticket, text, attempt),
    close: async (ticket, text, attempt) => trackerOf(ticket).close(ticket, text, attempt),
    reopen: async (ticket, text, attempt) => trackerOf(ticket).reopen(ticket, text, attempt),
    outcome: async (ticket) => trackerOf(ticket).outcome(ticket),
  };
}

/** @throws PortError that names the setting without which a team's tickets go nowhere */
export function noTicketPlace(place: TicketPlace): never {
  throw unsupported(place.target === null ? place.missing : `${place.target} is not set up`);
}

function unsupported(reason: string): PortError {
  return new PortError("unsupported", reason, { retryable: false });
}
