import { dryRunPaging } from "#integrations/dry-run/dry-run.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import type { Actor, Instant } from "#domain/values/language.ts";
import type { LoopStep } from "#engine/base/engine.ts";
import { SECOND } from "#test/support/builders/instants.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import type { EngineHarness } from "#test/support/harness/engine.ts";
import { simPolicyFile, type SimAlert, type SimPolicyPlan } from "../world/sim-policy.ts";
import { StoryChat } from "./story-chat.ts";
import { StoryPager } from "./story-pager.ts";
import { ProcessDeath, VendorMoods, type DeathPlace, type VendorMood } from "./vendor-moods.ts";

/** Where a story happens, and how the services are in it. `luck` decides what each request to them meets. */
export type StorySetting = {
  readonly luck: number;
  readonly policy: SimPolicyPlan;
  readonly vendors: {
    readonly chat: VendorMood;
    readonly pager: VendorMood;
    /** Whether the pager can be asked what is open there. */
    readonly canBeAsked: boolean;
    readonly hasPager: boolean;
  };
};

/** ms until a process that died is there again. */
const RESTART_MS = 5 * SECOND;

/** Where the loop comes to a place in which a process may die. */
const PLACE_OF_STEP: Partial<Readonly<Record<LoopStep["step"], DeathPlace>>> = {
  "perform.finished": "before storing",
  "apply.committing": "before deciding",
};

/** The real engine on the embedded database, between services that misbehave; it dies and starts again. */
export class StoryWorld {
  readonly rig: EngineHarness;
  readonly moods: VendorMoods;
  readonly chat: StoryChat;
  /** null: no pager is set up, and direct messages are the pages. */
  readonly pager: StoryPager | null;
  /** What fires, with since when. */
  readonly firing = new Map<SimAlert, Instant>();
  /** What happened, in words. */
  readonly lines: string[] = [];

  private constructor(rig: EngineHarness, setting: StorySetting) {
    const { chat, pager, canBeAsked, hasPager } = setting.vendors;
    this.rig = rig;
    this.moods = new VendorMoods({
      seed: setting.luck,
      say: (line) => this.say(`  ${line}`),
      passes: (ms) => void (rig.now += ms),
      dies: () => void (rig.stopping = true),
    });
    this.chat = new StoryChat(this.moods, chat);
    this.pager = hasPager ? new StoryPager(this.moods, pager, canBeAsked) : null;
  }

  /** A new story on the emptied database. */
  static async begin(rig: EngineHarness, setting: StorySetting): Promise<StoryWorld> {
    await rig.reset();
    const world = new StoryWorld(rig, setting);
    rig.policy = aPolicy(simPolicyFile(setting.policy));
    rig.chat = world.chat;
    Object.assign(rig, { paging: world.pager ?? dryRunPaging((fields, message) => rig.log.info(fields, message)) });
    rig.onStep = ({ step }) => {
      const place = PLACE_OF_STEP[step];
      if (place !== undefined) world.moods.reaches(place);
    };
    world.#starts();
    return world;
  }

  say(line: string): void {
    this.lines.push(`${formatUtcTime(this.rig.now)} ${line}`);
  }

  /** Something happens, and is reported before what it led to. */
  async records(act: () => Promise<string | null>): Promise<void> {
    const [before, at] = [this.lines.length, this.rig.now];
    const line = await act();
    if (line !== null) this.lines.splice(before, 0, `${formatUtcTime(at)} ${line}`);
  }

  /** Lets time go by; what is due is done, however often the process dies meanwhile. */
  async passes(ms: number): Promise<void> {
    const until = this.rig.now + ms;
    for (;;)
      try {
        await this.rig.passes(Math.max(0, until - this.rig.now));
        return;
      } catch (error) {
        if (!(error instanceof ProcessDeath)) throw error;
        this.rig.now += RESTART_MS;
        this.#starts();
      }
  }

  async fires(alert: SimAlert): Promise<void> {
    this.firing.set(alert, this.rig.now);
    await this.#sends(alert, undefined);
  }

  async clears(alert: SimAlert): Promise<void> {
    await this.#sends(alert, this.rig.now);
    this.firing.delete(alert);
  }

  /** A person asks something of an incident; it is decided at once. */
  async asks(incident: number, command: IncidentCommand, actor: Actor): Promise<void> {
    await this.rig.does(command, { incident, actor });
    await this.passes(0);
  }

  async #sends(alert: SimAlert, endsAt: Instant | undefined): Promise<void> {
    const startsAt = this.firing.get(alert)!;
    const body = alertOf(alert.labels, { startsAt, ...(endsAt === undefined ? {} : { endsAt }) });
    await this.rig.receives(deliveryOf([body], { groupKey: alert.group }));
    await this.passes(0);
  }

  /** A new process on the same database. The caller that moves its lanes learns of its death. */
  #starts(): void {
    const { rig, moods } = this;
    moods.dead = false;
    rig.stopping = false;
    rig.restart();
    rig.laneWorkers = Object.fromEntries(
      Object.entries(rig.laneWorkers).map(([lane, work]) => [
        lane,
        async () => {
          await work();
          if (moods.dead) throw new ProcessDeath();
        },
      ]),
    ) as typeof rig.laneWorkers;
  }
}
