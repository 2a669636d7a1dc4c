import type { TicketText } from "#domain/tickets/ticket-text.ts";
import type { EngineLog } from "#engine/base/engine.ts";
import type {
  PagerAlarm,
  PagerEvent,
  PagerEventOutline,
  AlarmDescription,
  PageRequest,
  PagerShift,
  Paging,
  PageReinforcement,
} from "#ports/paging.ts";
import type { DocumentStore, DocumentProposal, ProposedDocument } from "#ports/documents.ts";
import type { TicketNote, TicketOutcome, Ticket, TicketAttempt, TicketRequest, Tickets } from "#ports/tickets.ts";

/** A pager that remembers. */
export class FakePaging implements Paging {
  readonly name = "pager";
  readonly title = "PagerDuty";
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

  /** Where it opens alarms; null: it has one place only. */
  place: string | null = null;
  /** In which place alarms were acknowledged and resolved, in order. */
  readonly places: (string | null)[] = [];

  placeOf(): string | null {
    return this.place;
  }

  trigger(page: PageRequest): Promise<string | null> {
    return this.#do(() => this.triggered.push(page)).then(() => page.place ?? this.place);
  }

  acknowledge({ dedupKey, place = null }: PagerAlarm): Promise<void> {
    return this.#do(() => void (this.acknowledged.push(dedupKey), this.places.push(place)));
  }

  resolve({ dedupKey, place = null }: PagerAlarm): Promise<void> {
    return this.#do(() => void (this.resolved.push(dedupKey), this.places.push(place)));
  }

  /** Whether it opens something for the alarms that it takes; null: it cannot be asked. */
  opens: boolean | null = null;
  readonly looked: string[] = [];
  hasAlarm({ dedupKey }: PagerAlarm): Promise<boolean | null> {
    return this.#do(() => this.looked.push(dedupKey)).then(() => this.opens);
  }

  annotate(_: PagerAlarm, text: string): Promise<void> {
    return this.#do(() => this.notes.push(text));
  }

  /** Asked for more people on an alarm that it has; a test can make it unable to do that. */
  readonly reinforced: PageReinforcement[] = [];
  reinforces = false;
  reinforce(_: PagerAlarm, wanted: PageReinforcement): Promise<boolean> {
    return this.reinforces ? this.#do(() => this.reinforced.push(wanted)).then(() => true) : Promise.resolve(false);
  }

  readonly described: AlarmDescription[] = [];
  describe(_: PagerAlarm, description: AlarmDescription): Promise<void> {
    return this.#do(() => this.described.push(description));
  }

  /** It may have no policy of its own. */
  chooses = true;
  choosesPeople(): boolean {
    return this.chooses;
  }

  /** Its answer to the events that reach our door. */
  reads: (raw: string) => PagerEvent | null = () => null;
  outlineEvent(raw: string): PagerEventOutline | null {
    return { id: raw, needsLookup: true, at: null };
  }

  readEvent(raw: string): Promise<PagerEvent | null> {
    return this.#do(() => {}).then(() => this.reads(raw));
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

/** A tracker that opens one ticket for a key and writes once for a key. */
export class FakeTickets implements Tickets {
  readonly name = "tracker";
  readonly opened: TicketRequest[] = [];
  /** How it was asked to open one. */
  readonly asked: TicketAttempt[] = [];
  /** Whether a ticket is open, by its key. */
  readonly isOpen = new Map<string, boolean>();
  /** "T-1 closed: Resolved by …", in order. */
  readonly comments: string[] = [];
  readonly #errors: Error[] = [];
  readonly #keys = new Set<string>();

  fails(error: Error, times = 1): void {
    for (let i = 0; i < times; i++) this.#errors.push(error);
  }

  open(ticket: TicketRequest, attempt: TicketAttempt): Promise<Ticket & TicketNote> {
    return this.#do(() => {
      this.asked.push(attempt);
      if (!this.opened.some(({ key }) => key === ticket.key)) this.opened.push(ticket);
      const key = `T-${this.opened.findIndex((each) => each.key === ticket.key) + 1}`;
      this.isOpen.set(key, true);
      return { key, url: `https://tickets.example/${key}`, note: null };
    });
  }

  comment(ticket: Ticket, text: TicketText, attempt: TicketAttempt): Promise<TicketNote> {
    return this.#do(() => this.#comment(ticket, "told", text, attempt));
  }

  close(ticket: Ticket, text: TicketText, attempt: TicketAttempt): Promise<TicketNote> {
    return this.#do(() => {
      this.isOpen.set(ticket.key, false);
      return this.#comment(ticket, "closed", text, attempt);
    });
  }

  reopen(ticket: Ticket, text: TicketText, attempt: TicketAttempt): Promise<TicketNote> {
    return this.#do(() => {
      this.isOpen.set(ticket.key, true);
      return this.#comment(ticket, "re-opened", text, attempt);
    });
  }

  /** Tickets that someone closed without doing them. */
  readonly dropped = new Map<string, { readonly how: string; readonly by: string | null }>();

  outcome({ key }: Ticket): Promise<TicketOutcome | null> {
    return this.#do(() => {
      const dropped = this.dropped.get(key);
      if (dropped !== undefined) return { state: "dropped", ...dropped };
      return this.isOpen.has(key) ? { state: this.isOpen.get(key) === true ? "open" : "done" } : null;
    });
  }

  #comment({ key }: Ticket, what: string, text: TicketText, attempt: TicketAttempt): TicketNote {
    if (!this.#keys.has(attempt.key)) this.comments.push(`${key} ${what}: ${text.lines[0]?.text ?? ""}`);
    this.#keys.add(attempt.key);
    return { note: null };
  }

  #do<T>(work: () => T): Promise<T> {
    const error = this.#errors.shift();
    return error === undefined ? Promise.resolve(work()) : Promise.reject(error);
  }
}

/** A place for documents that has one proposal for a key. */
export class FakeDocuments implements DocumentStore {
  readonly name = "documents";
  /** Each file as it is proposed now, by its path. */
  readonly files = new Map<string, string>();
  readonly proposed: { readonly key: string; readonly title: string; readonly unsure: boolean }[] = [];
  readonly #errors: Error[] = [];

  fails(error: Error, times = 1): void {
    for (let i = 0; i < times; i++) this.#errors.push(error);
  }

  propose({ key, path, text, title }: DocumentProposal, { unsure }: TicketAttempt): Promise<ProposedDocument> {
    const error = this.#errors.shift();
    if (error !== undefined) return Promise.reject(error);
    this.proposed.push({ key, title, unsure });
    this.files.set(path, text);
    return Promise.resolve({
      key: `docs#${new Set(this.proposed.map((each) => each.key)).size}`,
      url: "https://docs.example/1",
      note: null,
    });
  }
}

export type LogLine = { readonly level: keyof EngineLog; readonly message: string; readonly fields: object };

/** A log that keeps its lines. */
export class FakeLog implements EngineLog {
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

  /** What someone should look at: "error: …", "warn: …". */
  get selfAlerts(): string[] {
    return this.lines
      .filter(({ level }) => level === "warn" || level === "error")
      .map(({ level, message }) => `${level}: ${message}`);
  }
}
