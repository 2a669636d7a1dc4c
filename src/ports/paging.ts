import type { Priority } from "#domain/language.ts";

export type PageRequest = {
  /** Stable for an incident's episode: asking twice pages once. */
  readonly dedupKey: string;
  readonly to: string;
  readonly people: readonly string[];
  readonly priority: Priority;
  readonly incident: string;
  readonly summary: string;
  readonly source: string;
  readonly url: string;
};

/** Wakes people. Every method rejects with PortError and nothing else, and doing one twice is doing it once. */
export interface Paging {
  readonly name: string;
  trigger(page: PageRequest): Promise<void>;
  acknowledge(dedupKey: string): Promise<void>;
  resolve(dedupKey: string): Promise<void>;
}
