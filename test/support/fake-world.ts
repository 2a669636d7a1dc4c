import type { Log } from "#engine/engine.ts";
import type { Alarm, Description, PageRequest, PagerShift, Paging, Reinforcement } from "#ports/paging.ts";
import type { TicketRequest, Tickets } from "#ports/tickets.ts";

/** A pager that remembers. */
export class FakePaging implements Paging {
  readonly name = "pager";
  readonly triggered: PageRequest[] = [];
  readonly acknowledged: string[] = [];
  readonly resolved: string[] = [];
  readonly notes: string[] = [];
  readonly #errors: Error[] = [];

  /** The next `times` requests fail. */
  fails(error: Error, times = 1): void {
    for (let i = 0; i < times; i++) this.#errors.push(error);
  }

  /** Who was paged, and as what, in order. */
  get paged(): string[] {
    return this.triggered.map(({ to, priority }) => `${priority} ${to}`);
  }

  trigger(page: PageRequest): Promise<void> {
    return this.#do(() => this.triggered.push(page));
  }

  acknowledge({ dedupKey }: Alarm): Promise<void> {
    return this.#do(() => this.acknowledged.push(dedupKey));
  }

  resolve({ dedupKey }: Alarm): Promise<void> {
    return this.#do(() => this.resolved.push(dedupKey));
  }

  annotate(_: Alarm, text: string): Promise<void> {
    return this.#do(() => this.notes.push(text));
  }

  /** Asked for more people on an alarm that it has; it can be told that it cannot do that. */
  readonly reinforced: Reinforcement[] = [];
  reinforces = false;
  reinforce(_: Alarm, wanted: Reinforcement): Promise<boolean> {
    return this.reinforces ? this.#do(() => this.reinforced.push(wanted)).then(() => true) : Promise.resolve(false);
  }

  readonly described: Description[] = [];
  describe(_: Alarm, description: Description): Promise<void> {
    return this.#do(() => this.described.push(description));
  }

  /** Shifts of schedules that it keeps. */
  readonly schedules = new Map<string, readonly PagerShift[]>();
  oncalls(schedule: string): Promise<readonly PagerShift[] | null> {
    return Promise.resolve(this.schedules.get(schedule) ?? null);
  }

  #do(work: () => unknown): Promise<void> {
    const error = this.#errors.shift();
    if (error !== undefined) return Promise.reject(error);
    work();
    return Promise.resolve();
  }
}

/** A tracker that opens one ticket for a key. */
export class FakeTickets implements Tickets {
  readonly name = "tracker";
  readonly opened: TicketRequest[] = [];
  readonly #errors: Error[] = [];

  fails(error: Error, times = 1): void {
    for (let i = 0; i < times; i++) this.#errors.push(error);
  }

  open(ticket: TicketRequest): Promise<{ key: string; url: string }> {
    const error = this.#errors.shift();
    if (error !== undefined) return Promise.reject(error);
    if (!this.opened.some(({ key }) => key === ticket.key)) this.opened.push(ticket);
    const number = this.opened.findIndex(({ key }) => key === ticket.key) + 1;
    return Promise.resolve({ key: `T-${number}`, url: `https://tickets.example/T-${number}` });
  }
}

export type LogLine = { readonly level: keyof Log; readonly message: string; readonly fields: object };

/** A log that keeps its lines. */
export class FakeLog implements Log {
  readonly lines: LogLine[] = [];
  debug(fields: object, message: string): void {
    this.lines.push({ level: "debug", message, fields });
  }
  info(fields: object, message: string): void {
    this.lines.push({ level: "info", message, fields });
  }
  warn(fields: object, message: string): void {
    this.lines.push({ level: "warn", message, fields });
  }
  error(fields: object, message: string): void {
    this.lines.push({ level: "error", message, fields });
  }

  /** What somebody should look at: "error: …", "warn: …". */
  get troubles(): string[] {
    return this.lines.filter(({ level }) => level === "warn" || level === "error").map(({ level, message }) => `${level}: ${message}`);
  }
}
