import type { Instant, Timer } from "#domain/values/language.ts";

/** A timer is set (`at`) or cleared (null). */
export type TimerChange = { readonly timer: Timer; readonly at: Instant | null };
