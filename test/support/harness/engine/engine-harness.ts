import { SLACK_PLATFORM } from "#integrations/slack/slack-platform.ts";
import { asc, sql } from "drizzle-orm";
import { emptyTables, openDatabase, type DatabaseConnection } from "#db/client.ts";
import { readEvents } from "#db/events.ts";
import { playedDatabaseClock } from "#db/place/database-clock.ts";
import { incidentsByNumber, listIncidents } from "#db/incidents.ts";
import { commandsTable, effectsTable } from "#db/schema.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import type { ArrangementCommand } from "#domain/alerting/arrangements/arrangement-registry.ts";
import type { WebhookBody } from "#domain/deliveries/alertmanager-body.ts";
import type { Event } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { priorityRank, type Actor, type Instant, type Lane } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { classifyAlert } from "#domain/alerting/routing.ts";
import { createApplyWorker } from "#engine/loop/apply.ts";
import type { Engine, LoopStep } from "#engine/base/engine.ts";
import { createRunWorker } from "#engine/loop/run-worker.ts";
import type { AutomationRuntime } from "#engine/base/run-ports.ts";
import { createEffectWorker } from "#engine/loop/perform.ts";
import type { LaneWorkers } from "#engine/loop/wake-ups.ts";
import { monitorStaleness } from "#engine/alerting/staleness-monitor.ts";
import { createSubmit, type CommandSubmission, type SubmitCommand } from "#engine/base/submit.ts";
import { createTimerWorker } from "#engine/loop/timer-worker.ts";
import { ALERTMANAGER, ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import {
  alertOf,
  deliveryOf,
  type AlertBody,
  type AlertOptions,
  type LabelSet,
} from "#test/support/builders/webhooks.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";
import { freshDatabase, type TestDatabase } from "#test/support/harness/servers/test-database.ts";
import { FakeChat } from "#test/support/doubles/ports/fake-chat.ts";
import { EngineAutomation } from "./engine-automation.ts";
import { passTime, settleLanes, type LaneWorks } from "./lanes.ts";
import { FakeDocuments, FakeLog, FakePaging, FakeTickets } from "#test/support/doubles/ports/fake-services.ts";

/** What the outside world got to see is kept here; the engine's own memory is made again by `restart`. */
export class EngineHarness {
  readonly connection: DatabaseConnection;
  now: Instant = NOW;
  policy: Policy = aPolicy(STAFFED_POLICY);
  /** How far the database's clock is ahead of that of the process, in ms. */
  databaseAheadMs = 0;
  random = 0.5;
  /** Part of the keys of pages; "" leaves them their count and nothing else. */
  salt = "";
  stopping = false;
  chat = new FakeChat();
  paging = new FakePaging();
  tickets = new FakeTickets();
  documents = new FakeDocuments();
  log = new FakeLog();
  /** Runbooks, and what they act through; none unless a test is about them. */
  automationRuntime: AutomationRuntime | undefined;
  readonly automation: EngineAutomation;
  /** Started with MUSTER_AUTOMATION=off. */
  automationOff = false;
  nudges: { readonly lane: Lane; readonly urgency: number; readonly delayMs: number }[] = [];
  steps: LoopStep[] = [];
  onStep: (step: LoopStep) => void = () => {};
  engine!: Engine;
  submit!: SubmitCommand;
  laneWorkers!: LaneWorkers;
  readonly #database: TestDatabase;
  #ids = 0;

  private constructor(connection: DatabaseConnection, database: TestDatabase) {
    this.connection = connection;
    this.#database = database;
    this.automation = new EngineAutomation(this);
    this.restart();
  }

  /** The engine on a database of its own, with nothing but fakes around it; one for each test file. */
  static async open(): Promise<EngineHarness> {
    const database = await freshDatabase();
    const place = { kind: "server", url: database.url, connections: 1 } as const;
    return new EngineHarness(await openDatabase(place, () => {}), database);
  }

  async close(): Promise<void> {
    await this.connection.close();
    await this.#database.drop();
  }

  /** As if nothing had ever happened; Alice and Bob are the group @oncall. */
  async reset(): Promise<void> {
    await emptyTables(this.connection);
    Object.assign(this, {
      now: NOW,
      policy: aPolicy(STAFFED_POLICY),
      databaseAheadMs: 0,
      random: 0.5,
      salt: "",
      stopping: false,
      chat: new FakeChat(),
      paging: new FakePaging(),
      tickets: new FakeTickets(),
      documents: new FakeDocuments(),
      log: new FakeLog(),
      automationRuntime: undefined,
      automationOff: false,
      nudges: [],
      steps: [],
      onStep: () => {},
    });
    this.chat.groups.set("@oncall", [ALICE.id, BOB.id]);
    this.automation.reset();
    this.#ids = 0;
    this.restart();
  }

  /** A new process on the same database. */
  restart(): void {
    this.engine = {
      connection: this.connection,
      policy: () => this.policy,
      clock: () => this.now,
      databaseClock: playedDatabaseClock(() => this.now + this.databaseAheadMs),
      newId: () => `uid-${++this.#ids}`,
      newSalt: () => this.salt,
      random: () => this.random,
      chat: this.chat,
      paging: this.paging,
      tickets: this.tickets,
      documents: this.documents,
      alertSources: [],
      webhookSources: [],
      publicUrl: "https://muster.example",
      signInSettings: SLACK_PLATFORM.signInSettings,
      ...(this.automationRuntime === undefined ? {} : { automation: this.automationRuntime }),
      automationOff: this.automationOff,
      wakeLane: (lane, wake) => void this.nudges.push({ lane, ...wake }),
      stopping: () => this.stopping,
      taking: () => !this.stopping,
      observe: (step) => {
        this.steps.push(step);
        this.onStep(step);
      },
      log: this.log,
    };
    this.submit = createSubmit(this.engine);
    this.laneWorkers = {
      apply: createApplyWorker(this.engine),
      timers: createTimerWorker(this.engine),
      page: createEffectWorker(this.engine, "page", 16),
      pager: createEffectWorker(this.engine, "pager", 8),
      chat: createEffectWorker(this.engine, "chat", 8),
      people: createEffectWorker(this.engine, "people", 4),
      ticket: createEffectWorker(this.engine, "ticket", 4),
      run: createRunWorker(this.engine, 8),
    };
  }

  /** A delivery as the door submits it; nothing is applied yet. */
  async receives(delivery: WebhookBody, actor: Actor = ALERTMANAGER): Promise<void> {
    const urgency = Math.min(
      4,
      ...delivery.alerts.map(({ labels }) => priorityRank(classifyAlert(this.policy, labels).priority)),
    );
    const body = { type: "alerts.deliver", source: actor.id, raw: JSON.stringify(delivery) } as const;
    await this.submit(aSubmission(body, { urgency, weight: delivery.alerts.length, actor, at: this.now }));
  }

  /** These alerts arrive in one delivery, and all that follows at once is done. */
  async delivers(alerts: readonly AlertBody[], overrides: Partial<WebhookBody> = {}): Promise<void> {
    await this.receives(deliveryOf(alerts, overrides));
    await this.settles();
  }

  /** An alert begins to fire, now unless `options` have another start, and all that follows at once is done. */
  fires(labels: LabelSet, options: Partial<AlertOptions> = {}): Promise<void> {
    return this.delivers([alertOf(labels, { startsAt: this.now, ...options })]);
  }

  /** An alert of order-service fires since NOW and opens an incident; all that follows at once is done. */
  opensIncident(severity = "P1"): Promise<void> {
    return this.fires({ service: "order-service", severity }, { startsAt: NOW });
  }

  /** Alice sets or lifts a silence or a shift, and all that follows at once is done. */
  async arranges(body: ArrangementCommand): Promise<void> {
    await this.submit(aSubmission(body, { at: this.now, replyTo: { channel: "C9", user: ALICE.id } }));
    await this.settles();
  }

  /** What a person does to an incident. */
  async does(
    command: IncidentCommand,
    {
      incident = 1,
      actor = ALICE,
      key = null,
      replyTo = null,
    }: { incident?: number; actor?: Actor; key?: string | null; replyTo?: CommandSubmission["replyTo"] } = {},
  ): Promise<void> {
    const body = { type: "incident", incident, command } as const;
    await this.submit(aSubmission(body, { actor, key, replyTo, at: this.now }));
  }

  /** What a person does to an incident, and all that follows at once is done. */
  async acts(...act: Parameters<EngineHarness["does"]>): Promise<void> {
    await this.does(...act);
    await this.settles();
  }

  /** Runs the staleness monitor as a worker does every minute, and all that follows at once is done. */
  async monitorsStaleness(...alertSources: Engine["alertSources"]): Promise<void> {
    await monitorStaleness({ ...this.engine, alertSources }, this.submit);
    await this.settles();
  }

  /** Minutes go by, and the staleness monitor runs in each. */
  async monitorsFor(minutes: number, ...alertSources: Engine["alertSources"]): Promise<void> {
    for (let i = 0; i < minutes; i++) {
      await this.passes(MINUTE);
      await this.monitorsStaleness(...alertSources);
    }
  }

  /** Works until nothing is due at this instant. */
  settles(): Promise<void> {
    return settleLanes(this.#works());
  }

  /** Lets time go by, and does everything when it is due. */
  passes(ms: number): Promise<void> {
    return passTime(this.#works(), ms);
  }

  async incident(number = 1): Promise<Incident> {
    const [found] = await incidentsByNumber(this.connection.db, [number]);
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

  commands(): Promise<(typeof commandsTable.$inferSelect)[]> {
    return this.connection.db.select().from(commandsTable).orderBy(asc(commandsTable.id));
  }

  /** What came of every command, in words. */
  async outcomes(): Promise<readonly (string | null)[]> {
    return (await this.commands()).map(({ outcome }) => outcome);
  }

  effects(): Promise<(typeof effectsTable.$inferSelect)[]> {
    return this.connection.db.select().from(effectsTable).orderBy(asc(effectsTable.id));
  }

  async pending(): Promise<number> {
    const { rows } = await this.connection.db.execute<{ count: number }>(
      sql`select count(*)::integer as count from commands where done_at is null`,
    );
    return rows[0]!.count;
  }

  /** What the chat was asked that it must not be asked, and what the log complains of: empty unless a test is about it. */
  selfAlerts(): string[] {
    return [...this.chat.repeated, ...this.chat.problems, ...this.log.selfAlerts];
  }

  #works(): LaneWorks {
    const set = (now: Instant): void => void (this.now = now);
    const get = (): Instant => this.now;
    return {
      connection: this.connection,
      laneWorkers: this.laneWorkers,
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
