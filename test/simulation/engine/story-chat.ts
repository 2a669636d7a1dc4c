import type { Chat, RequestAttempt } from "#ports/chat.ts";
import { FakeChat } from "#test/support/doubles/ports/fake-chat.ts";
import type { VendorMood, VendorMoods } from "./vendor-moods.ts";

type ChatMethod = Exclude<keyof Chat, "name" | "title">;

/**
 * A chat that misbehaves, and does twice what it is asked twice: only a request which admits that an earlier attempt
 * may have worked gets what that one left, as in a workspace where it is looked for.
 */
export class StoryChat extends FakeChat {
  /** What was made for each request that must be made once, as "post KEY". */
  readonly made = new Map<string, readonly unknown[]>();
  /** Forgets that an earlier attempt may have worked; a planted fault. */
  forgetsAttempts: (method: string) => boolean = () => false;
  readonly #moods: VendorMoods;
  readonly #mood: VendorMood;

  constructor(moods: VendorMoods, mood: VendorMood) {
    super();
    this.#moods = moods;
    this.#mood = mood;
  }

  /** What was done more than once. */
  twice(): readonly string[] {
    return [...this.made].filter(([, made]) => made.length > 1).map(([request]) => request);
  }

  protected override request<T>(method: ChatMethod, attempt: RequestAttempt, work: () => T): Promise<T> {
    return this.#moods.asks(this.#mood, `${method} ${attempt.key}`, work);
  }

  protected override once<T>(method: ChatMethod, attempt: RequestAttempt, work: () => T): Promise<T> {
    return this.request(method, attempt, () => {
      const request = `${method} ${attempt.key}`;
      const made = this.made.get(request) ?? [];
      if (made.length > 0 && attempt.unsure && !this.forgetsAttempts(method)) return made[0] as T;
      const one = work();
      this.made.set(request, [...made, one]);
      return one;
    });
  }
}
