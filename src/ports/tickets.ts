export type TicketRequest = { readonly key: string; readonly title: string; readonly body: string; readonly team: string | null };

/** A ticket tracker. Rejects with PortError and nothing else; opening twice with one key opens one ticket. */
export interface Tickets {
  readonly name: string;
  /** null when nothing is there to open one in (a dry run). */
  open(ticket: TicketRequest): Promise<{ readonly key: string; readonly url: string } | null>;
}
