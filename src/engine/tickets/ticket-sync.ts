import { incidentsWithOpenTasks } from "#db/search/incident-search.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import { incidentId } from "#domain/values/language.ts";
import type { Ticket, TicketOutcome } from "#ports/tickets.ts";
import { PortError } from "#ports/port-error.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";

/** Tickets that are looked at in one go: a tracker has other things to do. */
const BATCH_SIZE = 50;

/**
 * To be called every few minutes: what is done in the tracker is done here. Each go takes up where the last one ended, so
 * that every ticket has its turn however many there are.
 */
export function createTicketSync(
  engine: Pick<Engine, "connection" | "tickets" | "clock" | "log">,
  submit: SubmitCommand,
): () => Promise<void> {
  let next = 0;
  return async () => {
    const open = (await incidentsWithOpenTasks(engine.connection.db)).flatMap(({ state }) =>
      state.tasks.flatMap(({ id, ticket, doneAt }) =>
        ticket === undefined || doneAt !== null ? [] : [{ incident: state.number, id, ticket }],
      ),
    );
    if (next >= open.length) next = 0;
    for (const { incident, id, ticket } of open.slice(next, next + BATCH_SIZE)) {
      next++;
      let outcome: TicketOutcome | null;
      try {
        outcome = await engine.tickets.outcome(ticket);
      } catch (err) {
        if (!(err instanceof PortError)) throw err;
        engine.log.debug({ ticket: ticket.key, err }, "could not read the ticket of a follow-up; retrying");
        // A tracker that is unreachable, or asks to wait, is left alone until the next round; a fault of one ticket
        // does not concern the others.
        if (err.retryable) return;
        continue;
      }
      if (outcome === null || outcome.state === "open") continue;
      const dropped = outcome.state === "dropped" ? { dropped: describeDropped(ticket, outcome) } : {};
      await submit(
        createSubmission({
          key: `ticket-done:${incidentId(incident)}:${id}:${ticket.key}`,
          urgency: 4,
          actor: { kind: "source", id: `tickets:${ticket.key}`, name: ticket.key },
          at: engine.clock(),
          evidence: ticket.url,
          body: { type: "incident", incident, command: { type: "task.done", id, ...dropped } },
        }),
      );
    }
  };
}

/** "acme/shop#2 was closed as not planned by carol". */
function describeDropped({ key }: Ticket, { how, by }: Extract<TicketOutcome, { state: "dropped" }>): string {
  return `${key} was closed as ${how}${by === null ? "" : ` by ${by}`}`;
}
