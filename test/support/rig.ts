import { asc, sql } from "drizzle-orm";
import { connect, type Connection } from "#db/client.ts";
import { readEvents } from "#db/events.ts";
import { byNumber, listIncidents } from "#db/incidents.ts";
import { commands, effects } from "#db/schema.ts";
import type { IncidentCommand } from "#domain/command.ts";
import type { WebhookBody } from "#domain/delivery.ts";
import type { Event } from "#domain/event.ts";
import type { Incident } from "#domain/incident.ts";
import { urgencyOf, type Actor, type Instant, type Lane } from "#domain/language.ts";
import type { Policy } from "#domain/policy.ts";
import { classify } from "#domain/severity.ts";
import { createApply } from "#engine/apply.ts";
import type { Engine, Step } from "#engine/engine.ts";
import { createAdvance } from "#engine/runs/advance.ts";
import type { Automata } from "#engine/run-ports.ts";
import { createPerform } from "#engine/perform.ts";
import type { Drains } from "#engine/relay.ts";
import { createSubmit, type Submission, type Submit } from "#engine/submit.ts";
import { createTimers } from "#engine/timers.ts";
import { ALERTMANAGER, ALICE, aPolicy, NOW, STAFFED } from "./builders.ts";
import { removeDirectory } from "./child.ts";
import { emptyTables, freshDataDirectory } from "./embedded.ts";
import { FakeChat } from "./fake-chat.ts";
import { pass, settle, type Works } from "./lanes.ts";
import { FakeDocuments, FakeLog, FakePaging, FakeTickets } from "./fake-world.ts";

/** What the outside world got to see is kept here; the engine's own memory is made anew by `restart`. */
export class Rig {
  readonly connection: Connection;
  now: Instant = NOW;
  policy: Policy = aPolicy(STAFFED);
  random = 0.5;
  stopping = false;
  chat = new FakeChat();
  paging = new FakePaging();
  tickets = new FakeTickets();
  documents = new FakeDocuments();
  log = new FakeLog();
  /** Runbooks, and what they act through; none unless a test is about them. */
  automata: Automata | undefined;
  /** Started with MUSTER_AUTOMATION=off. */
  automationOff = false;
  nudges: { readonly lane: Lane; readonly urgency: number; readonly delayMs: number }[] = [];
  steps: Step[] = [];
  onStep: (step: Step) => void = () => {};
  engine!: Engine;
  submit!: Submit;
  drains!: Drains;
  readonly #directory: string;
  #ids = 0;

  private constructor(connection: Connection, directory: string) {
    this.connection = connection;
    this.#directory = directory;
    this.restart();
  }

  /** The engine on an embedded database of its own, with nothing but fakes around it; one for each test file. */
  static async open(): Promise<Rig> {
    const directory = await freshDataDirectory();
    return new Rig(await connect({ kind: "embedded", directory }, () => {}), directory);
  }

  async close(): Promise<void> {
    await this.connection.close();
    removeDirectory(this.#directory);
  }

  /** As if nothing had ever happened. */
  async reset(): Promise<void> {
    await emptyTables(this.connection);
    Object.assign(this, {
      now: NOW,
      policy: aPolicy(STAFFED),
      random: 0.5,
      stopping: false,
      chat: new FakeChat(),
      paging: new FakePaging(),
      tickets: new FakeTickets(),
      documents: new FakeDocuments(),
      log: new FakeLog(),
      automata: undefined,
      automationOff: false,
      nudges: [],
      steps: [],
      onStep: () => {},
    });
    this.#ids = 0;
    this.restart();
  }

  /** A new process on the same database. */
  restart(): void {
    this.engine = {
      connection: this.connection,
      policy: () => this.policy,
      clock: () => this.now,
      newId: () => `uid-${++this.#ids}`,
      random: () => this.random,
      chat: this.chat,
      paging: this.paging,
      tickets: this.tickets,
      documents: this.documents,
      alertSource: null,
      publicUrl: "https://muster.example",
      ...(this.automata === undefined ? {} : { automata: this.automata }),
      automationOff: this.automationOff,
      nudge: (lane, wake) => void this.nudges.push({ lane, ...wake }),
      stopping: () => this.stopping,
      observe: (step) => {
        this.steps.push(step);
        this.onStep(step);
      },
      log: this.log,
    };
    this.submit = createSubmit(this.engine);
    this.drains = {
      apply: createApply(this.engine),
      timers: createTimers(this.engine),
      page: createPerform(this.engine, "page", 16),
      chat: createPerform(this.engine, "chat", 8),
      ticket: createPerform(this.engine, "ticket", 4),
      run: createAdvance(this.engine, 8),
    };
  }

  /** A delivery as the door submits it; nothing is applied yet. */
  async receives(body: WebhookBody, actor: Actor = ALERTMANAGER): Promise<void> {
    const urgency = Math.min(4, ...body.alerts.map(({ labels }) => urgencyOf(classify(this.policy, labels).priority)));
    await this.submit({
      ...this.#from(actor),
      key: null,
      urgency,
      weight: body.alerts.length,
      body: { type: "alerts.deliver", source: actor.id, raw: JSON.stringify(body) },
    });
  }

  /** What a person does to an incident. */
  async does(
    command: IncidentCommand,
    {
      incident = 1,
      actor = ALICE,
      key = null,
      replyTo = null,
    }: { incident?: number; actor?: Actor; key?: string | null; replyTo?: Submission["replyTo"] } = {},
  ): Promise<void> {
    await this.submit({ ...this.#from(actor), key, replyTo, urgency: 0, weight: 1, body: { type: "incident", incident, command } });
  }

  /** Works until nothing is due at this instant. */
  settles(): Promise<void> {
    return settle(this.#works());
  }

  /** Lets time go by, and does everything when it is due. */
  passes(ms: number): Promise<void> {
    return pass(this.#works(), ms);
  }

  async incident(number = 1): Promise<Incident> {
    const [found] = await byNumber(this.connection.db, [number]);
    if (found === undefined) throw new Error(`there is no INC-${number}`);
    return found.state;
  }

  /** Every incident, oldest first. */
  async incidents(): Promise<Incident[]> {
    return (await listIncidents(this.connection.db, { limit: 100_000 })).map(({ state }) => state).toReversed();
  }

  events(number = 1): Promise<Event[]> {
    return readEvents(this.connection.db, number);
  }

  async eventTypes(number = 1): Promise<Event["type"][]> {
    return (await this.events(number)).map(({ type }) => type);
  }

  commands(): Promise<(typeof commands.$inferSelect)[]> {
    return this.connection.db.select().from(commands).orderBy(asc(commands.id));
  }

  /** What came of every command, in words. */
  async outcomes(): Promise<readonly (string | null)[]> {
    return (await this.commands()).map(({ outcome }) => outcome);
  }

  effects(): Promise<(typeof effects.$inferSelect)[]> {
    return this.connection.db.select().from(effects).orderBy(asc(effects.id));
  }

  async pending(): Promise<number> {
    const { rows } = await this.connection.db.execute<{ count: number }>(sql`select count(*)::integer as count from commands where done_at is null`);
    return rows[0]!.count;
  }

  /** What the chat was asked that it must not be asked, and what the log complains of: empty unless a test is about it. */
  troubles(): string[] {
    return [...this.chat.repeated, ...this.chat.problems, ...this.log.troubles];
  }

  #from(actor: Actor): Pick<Submission, "actor" | "at" | "replyTo" | "evidence"> {
    return { actor, at: this.now, replyTo: null, evidence: null };
  }

  #works(): Works {
    const set = (now: Instant): void => void (this.now = now);
    const get = (): Instant => this.now;
    return {
      connection: this.connection,
      drains: this.drains,
      time: {
        get now() {
          return get();
        },
        set now(now) {
          set(now);
        },
      },
    };
  }
}
