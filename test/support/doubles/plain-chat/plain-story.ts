import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { INTEGRATIONS } from "#app/integrations/integration-list.ts";
import { runMuster, type RunningMuster, type StartOverrides } from "#app/main.ts";
import { readConfig } from "#config/app-config.ts";
import { parseDuration } from "#domain/values/duration.ts";
import { alertOf, deliveryOf, type LabelSet } from "#test/support/builders/webhooks.ts";
import { NOW, SECOND } from "#test/support/builders/instants.ts";
import { FakeLog, FakePaging, FakeTickets } from "#test/support/doubles/ports/fake-services.ts";
import { freshDatabase, type TestDatabase } from "#test/support/harness/servers/test-database.ts";
import { passTime, settlePacedEffects, type LaneWorks } from "#test/support/harness/engine/lanes.ts";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { plainIntegration } from "./plain-integration.ts";
import { PlainWorkspace, type PlainPerson, type PlainRoom } from "./plain-workspace.ts";

const person = (name: string): PlainPerson => ({
  id: `p-${name.toLowerCase()}`,
  name,
  email: `${name.toLowerCase()}@example.com`,
  zone: "UTC",
});
export const PLAIN_PEOPLE = ["Alice", "Bob", "Charlie"].map(person);

/** The whole of Muster in a chat of text alone. */
export class PlainStory {
  readonly workspace: PlainWorkspace;
  readonly paging = new FakePaging();
  readonly log = new FakeLog();
  readonly #time: { now: number };
  readonly #muster: RunningMuster;
  readonly #directory: string;
  readonly #database: TestDatabase;
  readonly #read = new Map<string, number>();

  private constructor(
    workspace: PlainWorkspace,
    muster: RunningMuster,
    time: { now: number },
    place: { readonly directory: string; readonly database: TestDatabase },
  ) {
    this.workspace = workspace;
    this.#muster = muster;
    this.#time = time;
    this.#directory = place.directory;
    this.#database = place.database;
  }

  static async open(policy: object, overrides: StartOverrides = {}): Promise<PlainStory> {
    const [directory, database] = [temporaryDirectory("plain"), await freshDatabase()];
    const file = join(directory, "muster.yaml");
    writeFileSync(file, stringify(policy));
    const config = readConfig({ PORT: "0", DATABASE_URL: database.url, MUSTER_CONFIG: file });
    const time = { now: NOW };
    const workspace = new PlainWorkspace(PLAIN_PEOPLE, () => time.now, ["incidents", "payments"]);
    const [paging, log] = [new FakePaging(), new FakeLog()];
    const muster = await runMuster(config, "all", log, {
      clock: () => time.now,
      random: () => 0.5,
      integrations: [...INTEGRATIONS, plainIntegration(workspace)],
      paging,
      tickets: new FakeTickets(),
      sweepEvery: null,
      consume: false,
      ...overrides,
    });
    const story = new PlainStory(workspace, muster, time, { directory, database });
    return Object.assign(story, { paging, log });
  }

  async close(): Promise<void> {
    await this.#muster.stop();
    await this.#database.drop();
    removeDirectory(this.#directory);
  }

  async fires(labels: LabelSet): Promise<void> {
    await this.#deliver(alertOf(labels, { startsAt: NOW }));
  }

  async resolves(labels: LabelSet): Promise<void> {
    await this.#deliver(alertOf(labels, { startsAt: NOW, endsAt: this.#time.now }));
  }

  async passes(text: string): Promise<void> {
    await passTime(this.#works, parseDuration(text)!);
    await this.settles();
  }

  settles(): Promise<void> {
    return settlePacedEffects(this.#works, 15 * SECOND);
  }

  room(name: RegExp | string): PlainRoom {
    const found = [...this.workspace.rooms.values()].filter((each) =>
      typeof name === "string" ? each.name === name : name.test(each.name),
    );
    if (found.length !== 1) throw new Error(`${found.length} rooms are called ${String(name)}`);
    return found[0]!;
  }

  /** Someone writes a line; answers what Muster wrote there since, to everyone or to them. */
  async says(who: string, room: PlainRoom, text: string): Promise<string> {
    const by = `p-${who.toLowerCase()}`;
    const line = this.workspace.write(room, { by, text });
    this.#read.set(room.id, room.lines.length);
    const response = await fetch(`${this.#muster.url}/plain/lines`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ room: room.id, line: line.id }),
    });
    if (response.status !== 204) throw new Error(`the door answered ${response.status}: ${await response.text()}`);
    await this.settles();
    return this.news(room);
  }

  /** What stands in a room since someone wrote or looked last. */
  news(room: PlainRoom): string {
    const from = this.#read.get(room.id) ?? 0;
    this.#read.set(room.id, room.lines.length);
    return room.lines
      .slice(from)
      .map(({ text }) => text)
      .join("\n");
  }

  /** The number that presses a button, as it stands in a room's lines. */
  number(room: PlainRoom, label: string): string {
    const found = room.lines.flatMap(({ text }) => [...text.matchAll(/\[(\d+)\] ([^[\n]+)/g)]);
    const last = found.findLast(([, , text]) => text!.trim() === label);
    if (last === undefined) throw new Error(`no button says ${label}:\n${this.transcript(room)}`);
    return last[1]!;
  }

  transcript(room: PlainRoom): string {
    return room.lines.map(({ by, to, text }) => `${by}${to === null ? "" : ` (to ${to})`}: ${text}`).join("\n");
  }

  async incident(): Promise<Readonly<Record<string, unknown>>> {
    return (await (await fetch(`${this.#muster.url}/api/incidents/INC-1`)).json()) as Record<string, unknown>;
  }

  get #works(): LaneWorks {
    const { engine, workers } = this.#muster;
    return { connection: engine.connection, laneWorkers: workers, time: this.#time };
  }

  async #deliver(alert: ReturnType<typeof alertOf>): Promise<void> {
    const response = await fetch(`${this.#muster.url}/webhooks/alertmanager`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(deliveryOf([alert])),
    });
    if (response.status !== 202) throw new Error(`the webhook answered ${response.status}`);
    await this.settles();
  }
}
