import type { Instant } from "#domain/values/language.ts";

/** Something that happens again and again: when next, and what then. */
export type AgendaItem = readonly [due: () => Instant | null, happens: () => void];

/** Lets what is due happen, in order, until `end`. `arrives`: time has come to an instant. */
export function playAgenda(agenda: readonly AgendaItem[], end: Instant, arrives: (at: Instant) => void): void {
  for (;;) {
    const due = agenda.map(([at]) => at() ?? Infinity);
    const at = Math.min(...due);
    if (at > end) return arrives(end);
    arrives(at);
    agenda[due.indexOf(at)]![1]();
  }
}
