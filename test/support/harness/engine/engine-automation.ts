import type { DatabaseConnection } from "#db/client.ts";
import { loadJournal, listRuns } from "#db/runs.ts";
import type { JournalLine, Run } from "#domain/automation/run.ts";
import type { WebhookBody } from "#domain/deliveries/alertmanager-body.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Instant, Person } from "#domain/values/language.ts";
import type { RunRequestReply } from "#engine/automation/run-change.ts";
import { answerRunRequest } from "#engine/automation/run-commands.ts";
import type { AutomationRuntime } from "#engine/base/run-ports.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { RunPorts } from "#ports/action-ports.ts";
import { automationRuntimeOf, catalogOf } from "#test/support/builders/runbooks/catalogs.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { ALICE } from "#test/support/builders/people.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { FakeDataSource, FakeMetrics } from "#test/support/doubles/ports/fake-measurements.ts";

export const HIGH_LATENCY = { alertname: "HighLatency", service: "order-service", severity: "P2" };

/** What the harness around it is asked for. */
type SurroundingEngine = {
  readonly connection: DatabaseConnection;
  readonly engine: Engine;
  readonly now: Instant;
  automationRuntime: AutomationRuntime | undefined;
  restart(): void;
  receives(body: WebhookBody): Promise<void>;
  settles(): Promise<void>;
  incident(number?: number): Promise<Incident>;
};

/** Runbooks of an engine: what measures, a database that counts what was done to it, and the runs. */
export class EngineAutomation {
  metrics!: FakeMetrics;
  source!: FakeDataSource;
  readonly #rig: SurroundingEngine;

  constructor(rig: SurroundingEngine) {
    this.#rig = rig;
    this.reset();
  }

  /** Latency is high, and nothing was done. */
  reset(): void {
    this.metrics = new FakeMetrics();
    this.source = new FakeDataSource();
    this.metrics.values.set("latency", 8.5);
  }

  /** These are the runbooks now. They act through what is here and through `ports`; `more` is for the runtime. */
  async shelve(
    texts: readonly string[],
    ports: Partial<RunPorts> = {},
    more: Partial<AutomationRuntime> = {},
  ): Promise<void> {
    const datasource = (name: string) => (name === "orders" ? this.source : null);
    const all = { metrics: this.metrics, datasource, ...ports };
    this.#rig.automationRuntime = {
      ...automationRuntimeOf(await catalogOf(...texts), all, ["hunter2secret"]),
      ...more,
    };
    this.#rig.restart();
  }

  /** Alerts begin to fire, in one delivery; by default high latency of the order service. */
  async fires(...several: readonly Readonly<Record<string, string>>[]): Promise<void> {
    const alerts = several.length === 0 ? [HIGH_LATENCY] : several;
    await this.#rig.receives(deliveryOf(alerts.map((labels) => alertOf(labels, { startsAt: this.#rig.now }))));
    await this.#rig.settles();
  }

  async resolves(labels: Readonly<Record<string, string>> = HIGH_LATENCY): Promise<void> {
    await this.#rig.receives(
      deliveryOf([alertOf(labels, { startsAt: this.#rig.now - 10 * MINUTE, endsAt: this.#rig.now })]),
    );
    await this.#rig.settles();
  }

  /** Every run, oldest first. */
  async runs(): Promise<Run[]> {
    return (await listRuns(this.#rig.connection.db, { limit: 200 })).toReversed();
  }

  async run(number = 1): Promise<Run> {
    const found = (await this.runs()).find((run) => run.number === number);
    if (found === undefined) throw new Error(`there is no RUN-${number}`);
    return found;
  }

  journal(number = 1): Promise<JournalLine[]> {
    return loadJournal(this.#rig.connection.db, [number]);
  }

  /** The state of each step that a run has begun, undoing ones marked: "latency finished", "undo cancel finished". */
  async stepStates(number = 1): Promise<string[]> {
    const { plan } = await this.run(number);
    return (await this.journal(number)).map(
      ({ idx, state }) => `${idx < 0 ? "undo " : ""}${plan.steps[idx < 0 ? -1 - idx : idx]!.id} ${state}`,
    );
  }

  /** What a person answers to what a run asked; the run is one of this incident's. */
  async asks(
    request: Parameters<typeof answerRunRequest>[1],
    person: Person = ALICE,
    incident = 1,
  ): Promise<RunRequestReply> {
    const answer = await answerRunRequest(this.#rig.engine, request, person, await this.#rig.incident(incident));
    await this.#rig.settles();
    return answer;
  }

  approves(person: Person = ALICE, run = 1, incident = 1): Promise<RunRequestReply> {
    return this.asks({ do: "approve", run, hash: null }, person, incident);
  }
}
