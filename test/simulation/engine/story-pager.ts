import type { PageRequest, PagerAlarm, Paging } from "#ports/paging.ts";
import type { VendorMood, VendorMoods } from "./vendor-moods.ts";

/** An alarm as the pager has it. */
export type StoryAlarm = { readonly people: readonly string[]; status: "open" | "acknowledged" | "resolved" };

/**
 * A pager that misbehaves and otherwise does as PagerDuty: one open alarm for a key, and a new one for a key whose alarm is
 * resolved. What it opens nothing for it has taken all the same.
 */
export class StoryPager implements Paging {
  readonly name = "pager";
  readonly title = "PagerDuty";
  readonly alarms = new Map<string, StoryAlarm>();
  /** Whether it can be asked what is open. */
  readonly #canBeAsked: boolean;
  /** Takes this trigger and opens nothing. */
  drops: (request: PageRequest) => boolean = () => false;
  /** Forgets to end alarms; a planted fault. */
  keepsOpen = false;
  readonly #moods: VendorMoods;
  readonly #mood: VendorMood;

  constructor(moods: VendorMoods, mood: VendorMood, canBeAsked: boolean) {
    this.#moods = moods;
    this.#mood = mood;
    this.#canBeAsked = canBeAsked;
  }

  placeOf(): null {
    return null;
  }

  trigger(page: PageRequest): Promise<string | null> {
    return this.#asks("trigger", page, () => {
      const alarm = this.alarms.get(page.dedupKey);
      if (alarm !== undefined && alarm.status !== "resolved") return null;
      if (!this.drops(page)) this.alarms.set(page.dedupKey, { people: page.people, status: "open" });
      return null;
    });
  }

  acknowledge(asked: PagerAlarm): Promise<void> {
    return this.#asks("acknowledge", asked, () => {
      const alarm = this.alarms.get(asked.dedupKey);
      if (alarm?.status === "open") alarm.status = "acknowledged";
    });
  }

  resolve(asked: PagerAlarm): Promise<void> {
    return this.#asks("resolve", asked, () => {
      const alarm = this.alarms.get(asked.dedupKey);
      if (alarm !== undefined && !this.keepsOpen) alarm.status = "resolved";
    });
  }

  hasAlarm(asked: PagerAlarm): Promise<boolean | null> {
    return this.#asks("hasAlarm", asked, () => (this.#canBeAsked ? this.alarms.has(asked.dedupKey) : null));
  }

  annotate(asked: PagerAlarm): Promise<void> {
    return this.#asks("annotate", asked, () => {});
  }

  describe(asked: PagerAlarm): Promise<void> {
    return this.#asks("describe", asked, () => {});
  }

  reinforce(): Promise<boolean> {
    return Promise.resolve(false);
  }

  oncalls(): Promise<null> {
    return Promise.resolve(null);
  }

  choosesPeople(): boolean {
    return false;
  }

  outlineEvent(): null {
    return null;
  }

  readEvent(): Promise<null> {
    return Promise.resolve(null);
  }

  #asks<T>(method: string, { dedupKey }: PagerAlarm, work: () => T): Promise<T> {
    return this.#moods.asks(this.#mood, `${method} ${dedupKey}`, work);
  }
}
