import { createHash } from "node:crypto";
import { SECOND } from "#test/support/builders/instants.ts";
import { PortError } from "#ports/port-error.ts";

/** What a service does with one request. */
type Answer =
  /** It does it and answers. */
  | "done"
  /** It does it and answers seconds later. */
  | "late"
  /** It does it; the process is frozen until its claim has run out, and gets the answer then. */
  | "frozen"
  /** It does it, and the answer is lost. */
  | "lost"
  /** It answers nothing and did nothing. */
  | "silent"
  /** It cannot do it now. */
  | "busy"
  /** It was asked too often. */
  | "limited"
  /** It will never do it. */
  | "refused";

/** How one of the services is in a story: of a hundred requests so many go wrong, and of those so many are refused for good. */
export type VendorMood = { readonly failures: number; readonly refusals: number };

/** The process ends where it stands; what was not stored never was. */
export class ProcessDeath extends Error {}

/**
 * Where the process dies: in the middle of a request, before the answer that it got is stored, or before a decision is.
 */
export type DeathPlace = "before asking" | "before hearing" | "before storing" | "before deciding";

const FAILED_ANSWERS: readonly Answer[] = ["late", "lost", "silent", "busy", "limited", "lost", "late", "frozen"];

/** ms that a late answer takes, which is within what a port waits; and a frozen process, which is longer than a claim lasts. */
const LATE_MS = 8 * SECOND;
const FROZEN_MS = 70 * SECOND;
/** ms for which a service asks to be left alone. */
const LIMIT_MS = 30 * SECOND;

/** What is needed of the story. `passes`: time goes by while a request is under way. `dies`: the process takes nothing more. */
type VendorWorld = {
  readonly seed: number;
  readonly say: (line: string) => void;
  readonly passes: (ms: number) => void;
  readonly dies: () => void;
};

/**
 * What goes wrong between the engine and the services, all of it decided by the seed, the request and how often it was made.
 * So the same story goes wrong in the same way, also when an act of it is left out.
 */
export class VendorMoods {
  /** Nothing goes wrong from now on. */
  well = false;
  /** The process is dead, and does nothing more. */
  dead = false;
  /** What the last answer to each request was. */
  readonly answers = new Map<string, Answer>();
  readonly #world: VendorWorld;
  readonly #asked = new Map<string, number>();
  #death: { readonly place: DeathPlace; readonly after: number } | null = null;

  constructor(world: VendorWorld) {
    this.#world = world;
  }

  /** The process will die in this place when it comes there for the `after`-th time, from 0. */
  dooms(place: DeathPlace, after: number): void {
    this.#death = { place, after };
  }

  spares(): void {
    this.#death = null;
  }

  /** The process comes to a place where it may have to die. @throws ProcessDeath when it does, and when it is dead */
  reaches(place: DeathPlace): void {
    if (this.dead) throw new ProcessDeath();
    if (this.#death?.place !== place) return;
    this.#death = this.#death.after === 0 ? null : { place, after: this.#death.after - 1 };
    if (this.#death !== null) return;
    this.dead = true;
    this.#world.dies();
    this.#world.say(`the process dies ${place}`);
    throw new ProcessDeath();
  }

  /** A service is asked for something. */
  async asks<T>(mood: VendorMood, request: string, work: () => T): Promise<T> {
    this.reaches("before asking");
    const answer = this.#answerOf(mood, request);
    this.answers.set(request, answer);
    if (answer !== "done") this.#world.say(`${request} → ${answer}`);
    const error = errorOf(answer);
    if (error !== null && answer !== "lost") throw error;
    const made = work();
    this.reaches("before hearing");
    if (error !== null) throw error;
    if (answer === "late") this.#world.passes(LATE_MS);
    if (answer === "frozen") this.#world.passes(FROZEN_MS);
    return made;
  }

  #answerOf({ failures, refusals }: VendorMood, request: string): Answer {
    const times = this.#asked.get(request) ?? 0;
    this.#asked.set(request, times + 1);
    const draw = (what: string): number => hundredth(`${this.#world.seed} ${request} ${times} ${what}`);
    if (this.well || draw("trouble") >= failures) return "done";
    return draw("refusal") < refusals ? "refused" : FAILED_ANSWERS[draw("kind") % FAILED_ANSWERS.length]!;
  }
}

/** A number from 0 to 99 that a text decides. */
function hundredth(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE() % 100;
}

function errorOf(answer: Answer): PortError | null {
  switch (answer) {
    case "lost":
    case "silent":
      return new PortError("timeout", "no answer came", { retryable: true, mayHaveHappened: true });
    case "busy":
      return new PortError("server_error", "HTTP 503", { retryable: true });
    case "limited":
      return new PortError("rate_limited", "HTTP 429", { retryable: true, retryAfterMs: LIMIT_MS });
    case "refused":
      return new PortError("forbidden", "it is not allowed", { retryable: false });
    case "done":
    case "late":
    case "frozen":
      return null;
  }
}
