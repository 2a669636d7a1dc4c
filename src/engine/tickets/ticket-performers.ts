import { hasEarlierTicketWork } from "#db/effects.ts";
import { readEvents } from "#db/events.ts";
import type { StoredIncident } from "#db/incidents.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { isOpen } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { TicketText } from "#domain/tickets/ticket-text.ts";
import type { TicketNote, Ticket } from "#ports/tickets.ts";
import { followUpBody, followUpTitle, ticketBody, ticketComment, ticketTitle } from "#views/tickets/ticket-content.ts";
import type { EffectContext, EffectResult } from "#engine/base/effect-context.ts";
import { reportNothing, type EffectPerformers, type PerformEffect } from "#engine/base/effect-performer.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";

/** ms until it is looked again whether what was asked of a ticket before is done. */
const RECHECK_MS = 2_000;

/** Opens the incident's ticket. */
const openTicket: PerformEffect<"ticket.open"> = async (_, context) => {
  const { stored, engine, attempt } = incidentOf(context);
  const { state } = stored;
  const ticket = await engine.tickets.open(
    {
      key: stored.uid,
      title: ticketTitle(state),
      text: ticketBody(state, incidentUrl(engine, state)),
      labels: labelsOf(state, engine.policy()),
      team: state.route.team,
      openedAt: state.openedAt,
    },
    attempt,
  );
  return ticket === null ? {} : { commands: [{ type: "ticket.opened", ...ticket }] };
};

/** Opens a ticket for something to be done afterwards; a private incident's ticket only shows where to look. */
const openFollowUp: PerformEffect<"ticket.followup"> = async (effect, context) => {
  const { stored, engine, attempt } = incidentOf(context);
  const { state } = stored;
  const task = state.tasks.find(({ id }) => id === effect.task);
  if (task === undefined || task.ticket !== undefined || task.doneAt !== null) return {};
  const ticket = await engine.tickets.open(
    {
      key: `${stored.uid}/task-${task.id}`,
      title: followUpTitle(state, task),
      text: followUpBody(state, task, incidentUrl(engine, state)),
      labels: labelsOf(state, engine.policy()).map((label) => (label === "incident" ? "follow-up" : label)),
      team: state.route.team,
      openedAt: state.openedAt,
    },
    attempt,
  );
  return ticket === null ? {} : { commands: [{ type: "task.ticketed", id: task.id, ...ticket }] };
};

/** Comments on the tickets how it ended, and closes them where the policy of the team closes them. */
const closeTickets: PerformEffect<"ticket.close"> = (effect, context) =>
  inTurn(context, effect.seq, false, async (ticket, text, { engine, attempt, stored }) => {
    const { team } = stored.state.route;
    const closing = (team === null ? undefined : engine.policy().teams[team]?.tickets?.atResolve) ?? "close";
    const { note } = await engine.tickets[closing](ticket, text, attempt);
    return {
      type: "ticket.updated",
      key: ticket.key,
      how: closing === "comment" || note !== null ? "commented" : "closed",
      note,
    };
  });

/** Opens the tickets again: it goes on. */
const reopenTickets: PerformEffect<"ticket.reopen"> = (effect, context) =>
  inTurn(context, effect.seq, true, async (ticket, text, { engine, attempt }) => {
    const { note }: TicketNote = await engine.tickets.reopen(ticket, text, attempt);
    return { type: "ticket.updated", key: ticket.key, how: note === null ? "reopened" : "commented", note };
  });

type JobWithIncident = EffectContext & { readonly stored: StoredIncident };

/**
 * One thing after the other for the tickets of one incident, so that they end as the incident does. An effect that was
 * overtaken meanwhile, an end by a new beginning or the reverse, is left out: the later effect reports both.
 */
async function inTurn(
  context: EffectContext,
  seq: number,
  mustBeOpen: boolean,
  run: (ticket: Ticket, text: TicketText, context: JobWithIncident) => Promise<IncidentCommand>,
): Promise<EffectResult> {
  const known = incidentOf(context);
  const { state } = known.stored;
  const { db } = context.engine.connection;
  if (isOpen(state.status) !== mustBeOpen) return {};
  if (await hasEarlierTicketWork(db, state.number, context.attempt.key)) return { reschedule: { inMs: RECHECK_MS } };
  const [event = null] = await readEvents(db, state.number, seq - 1, 1);
  const text = ticketComment(state, event, incidentUrl(context.engine, state));
  const commands: IncidentCommand[] = [];
  for (const ticket of state.tickets) commands.push(await run(ticket, text, known));
  return { commands };
}

/** What a ticket is found by later. A service is a label when the policy has it; what is private is in no label. */
function labelsOf({ priority, drill, route, private: hidden }: Incident, { services }: Policy): readonly string[] {
  const { service } = route;
  return [
    "incident",
    priority,
    ...(drill ? ["drill"] : []),
    ...(service !== null && !hidden && Object.hasOwn(services, service) ? [`service:${service}`] : []),
  ];
}

function incidentOf(context: EffectContext): JobWithIncident {
  if (context.stored === null) throw new Error(`bug: ${context.attempt.key} without an incident`);
  return { ...context, stored: context.stored };
}

export const ticketPerformers = {
  "ticket.open": {
    perform: openTicket,
    failed: (_, reason) => [{ type: "ticket.failed", reason }],
    delayed: reportNothing,
    outlastsRefusals: true,
  },
  "ticket.followup": {
    perform: openFollowUp,
    failed: ({ task }, reason) => [{ type: "task.ticket_failed", id: task, reason }],
    delayed: reportNothing,
    outlastsRefusals: true,
  },
  "ticket.close": {
    perform: closeTickets,
    failed: ({ seq }, reason) => [{ type: "ticket.failed", reason, what: "close", seq }],
    delayed: reportNothing,
    outlastsRefusals: true,
  },
  "ticket.reopen": {
    perform: reopenTickets,
    failed: ({ seq }, reason) => [{ type: "ticket.failed", reason, what: "reopen", seq }],
    delayed: reportNothing,
    outlastsRefusals: true,
  },
} satisfies Partial<EffectPerformers>;
