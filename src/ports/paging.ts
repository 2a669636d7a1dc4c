import type { Link, Priority } from "#domain/language.ts";

/** Whom a page is for, and what the pager should show them. */
export type PageRequest = {
  /** Stable for an alarm: asking twice pages once. */
  readonly dedupKey: string;
  readonly to: string;
  readonly people: readonly string[];
  /** The team whose alarm it is: it may have a pager of its own. */
  readonly team: string | null;
  readonly priority: Priority;
  readonly incident: string;
  readonly summary: string;
  readonly source: string;
  readonly url: string;
  readonly links: readonly Link[];
  /** What else is known, by name: counts, the alerts, why this priority. The first to go when it is too much. */
  readonly details: Readonly<Record<string, unknown>>;
};

/** An alarm that the pager has. */
export type Alarm = { readonly dedupKey: string; readonly team: string | null };

/** Wakes people. Every method rejects with PortError and nothing else, and doing one twice is doing it once. */
export interface Paging {
  readonly name: string;
  trigger(page: PageRequest): Promise<void>;
  acknowledge(alarm: Alarm): Promise<void>;
  resolve(alarm: Alarm): Promise<void>;
  /** Writes something on the pager's own page of an alarm; does nothing where that is not set up. `key` makes it once. */
  annotate(alarm: Alarm, text: string, key: string): Promise<void>;
}
