import { loadJournal, listRuns } from "#db/runs.ts";
import type { Person } from "#domain/values/language.ts";
import type { JournalLine, Run } from "#domain/automation/run.ts";
import { answerRunRequest, type RunRequestReply } from "#engine/automation/run-commands.ts";
import type { AutomationRuntime } from "#engine/automation/run-ports.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { automationRuntimeOf, catalogOf } from "#test/support/builders/catalogs.ts";
import { FakeMetrics, FakeDataSource } from "#test/support/doubles/ports/fake-measurements.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { EngineHarness } from "./engine-harness.ts";

export const HIGH_LATENCY = { alertname: "HighLatency", service: "order-service", severity: "P2" };

/** A rig with runbooks: what measures, and a database that counts what was done to it. */
export class AutomationHarness {
  readonly rig: EngineHarness;
  metrics = new FakeMetrics();
  source = new FakeDataSource();
  private constructor(rig: EngineHarness) {
    this.rig = rig;
  }
  static async open(): Promise<AutomationHarness> {
    return new AutomationHarness(await EngineHarness.open());
  }
  /** As if nothing had ever happened: latency is high, and Alice and Bob are on call. */
  async reset(): Promise<void> {
    await this.rig.reset();
    this.metrics = new FakeMetrics();
    this.source = new FakeDataSource();
    this.metrics.values.set("latency", 8.5);
    this.rig.chat.groups.set("@oncall", [ALICE.id, BOB.id]);
  }
  async shelve(texts: readonly string[], more: Partial<AutomationRuntime> = {}): Promise<void> {
    const ports = { metrics: this.metrics, datasource: (name: string) => (name === "orders" ? this.source : null) };
    this.rig.automata = { ...automationRuntimeOf(await catalogOf(...texts), ports, ["hunter2secret"]), ...more };
    this.rig.restart();
  }
  async fires(...several: readonly Readonly<Record<string, string>>[]): Promise<void> {
    const alerts = several.length === 0 ? [HIGH_LATENCY] : several;
    await this.rig.receives(deliveryOf(alerts.map((labels) => alertOf(labels, { startsAt: this.rig.now }))));
    await this.rig.settles();
  }
  async resolves(labels: Readonly<Record<string, string>> = HIGH_LATENCY): Promise<void> {
    await this.rig.receives(
      deliveryOf([alertOf(labels, { startsAt: this.rig.now - 10 * MINUTE, endsAt: this.rig.now })]),
    );
    await this.rig.settles();
  }
  /** Every run, oldest first. */
  async runs(): Promise<Run[]> {
    return (await listRuns(this.rig.connection.db, { limit: 200 })).toReversed();
  }
  async run(number = 1): Promise<Run> {
    const found = (await this.runs()).find((run) => run.number === number);
    if (found === undefined) throw new Error(`there is no RUN-${number}`);
    return found;
  }
  journal(number = 1): Promise<JournalLine[]> {
    return loadJournal(this.rig.connection.db, [number]);
  }
  async asks(ask: Parameters<typeof answerRunRequest>[1], who: Person = ALICE): Promise<RunRequestReply> {
    const answer = await answerRunRequest(this.rig.engine, ask, who, await this.rig.incident());
    await this.rig.settles();
    return answer;
  }
  approves(who: Person = ALICE, run = 1): Promise<RunRequestReply> {
    return this.asks({ do: "approve", run, hash: null }, who);
  }
}
