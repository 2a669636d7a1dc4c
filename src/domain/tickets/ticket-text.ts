/** One line: words, with a few strong ones before them, and where they lead. Words of outside stand here as they came. */
export type TicketLine = { readonly strong?: string; readonly text: string; readonly url?: string };

/** What is written in a ticket: for trackers with a format of their own as lines, for others as Markdown that mentions no one. */
export type TicketText = { readonly lines: readonly TicketLine[]; readonly markdown: string };
