import { z } from "zod";
import { alertsStale } from "#domain/events/definitions/alerting-events.ts";
import {
  channelArchived,
  channelDrifted,
  channelFailed,
  channelOpened,
  channelRenamed,
  chatFailed,
  memberJoined,
  memberLeft,
} from "#domain/events/definitions/channel-events.ts";
import { keepDeadlines } from "#domain/paging/escalation-repair.ts";
import { acceptDecision, decideInTurn } from "#domain/events/decision.ts";
import type { EventDefinition } from "#domain/events/event-definition.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import { runbookUnavailable, watchInterrupted } from "#domain/events/definitions/obstacle-events.ts";
import { pageDelayed, pageSent } from "#domain/events/definitions/paging-events.ts";
import {
  draftPosted,
  postmortemPublished,
  postmortemUnpublished,
  postmortemWritten,
} from "#domain/events/definitions/postmortem-events.ts";
import {
  taskTicketFailed,
  ticketFailed,
  ticketOpened,
  ticketUpdated,
} from "#domain/events/definitions/ticket-events.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { isOpen } from "#domain/values/language.ts";
import { defineCommand, type CommandDefinition, type CommandOf } from "./command-definition.ts";

// What effects and doors report. A report is a fact: it is stored under the name of its event with that event's own fields,
// checked by that event's own schema, and recorded as it is while it still holds.

/** @param holds whether the fact still holds when it is decided: it may have been overtaken on its way */
function reports<const T extends Fact["type"], S extends z.ZodRawShape>(
  { type, data }: EventDefinition<T, S>,
  holds: (incident: Incident, report: CommandOf<NoInfer<T>, NoInfer<S>>) => boolean = () => true,
): CommandDefinition<T, S> {
  return defineCommand(type, data.shape, (incident, report) => {
    if (!holds(incident, report)) return acceptDecision([]);
    const { type: _, ...rest } = report;
    // The definition is generic here: that its type and its data belong together is not seen by the compiler.
    return acceptDecision([{ type, data: rest } as unknown as Fact]);
  });
}

/** A report whose note may be absent or null, as earlier versions store it. */
function reportsNoted<const T extends Fact["type"], S extends z.ZodRawShape>({ type, data }: EventDefinition<T, S>) {
  return defineCommand(type, { ...(data.shape as Omit<S, "note">), note: z.string().nullish() }, (_, report) => {
    const { type: __, note, ...rest } = report as { readonly type: T; readonly note?: string | null };
    // As in `reports`.
    return acceptDecision([{ type, data: note == null ? rest : { ...rest, note } } as unknown as Fact]);
  });
}

export const pageSentReport = reports(pageSent);
/** The pager did not take a page; it is tried again until it does. By the time this is decided it may have got through. */
export const pageDelayedReport = reports(pageDelayed, ({ pages }, { key }) =>
  pages.some((page) => page.key === key && page.status === "requested"),
);
export const channelOpenedReport = reports(
  channelOpened,
  (incident, { channel }) => incident.channel?.id !== channel.id,
);
export const channelFailedReport = reports(channelFailed);
export const channelArchivedReport = reports(channelArchived);
export const channelRenamedReport = reports(channelRenamed, ({ channel }, { name }) => channel?.name !== name);
export const channelDriftedReport = reports(channelDrifted);
export const memberJoinedReport = reports(memberJoined);
export const memberLeftReport = reports(memberLeft);
export const chatFailedReport = reports(chatFailed);
export const alertsStaleReport = reports(alertsStale, ({ status, alerts }) => isOpen(status) && alerts.firing > 0);
/** Muster did not run, or the clock was set to another time: what is due comes when it would have come. */
export const watchInterruptedReport = defineCommand(
  "watch.interrupted",
  watchInterrupted.data.shape,
  (incident, { kind, from, until }, ctx) =>
    acceptDecision(
      !isOpen(incident.status)
        ? []
        : decideInTurn(incident, ctx, [
            () => [{ type: "watch.interrupted", data: { kind, from, until } }],
            (now, counting) => (kind === "step" ? keepDeadlines(now, { from, until }, counting) : []),
          ]),
    ),
);
export const runbookUnavailableReport = reports(runbookUnavailable, ({ status }) => isOpen(status));
export const ticketOpenedReport = reportsNoted(ticketOpened);
export const ticketUpdatedReport = reportsNoted(ticketUpdated);
export const ticketFailedReport = reports(ticketFailed);
export const taskTicketFailedReport = reports(taskTicketFailed);
export const draftPostedReport = reports(draftPosted);
/** People wrote into the postmortem; the texts are stored already. */
export const postmortemWrittenReport = reports(postmortemWritten);
export const postmortemPublishedReport = reportsNoted(postmortemPublished);
export const postmortemUnpublishedReport = reports(postmortemUnpublished);
