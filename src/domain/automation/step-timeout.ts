import { MINUTE_MS } from "#domain/values/duration.ts";

/** The longest time that a step of a runbook may take when it sets no `timeout`, in ms. */
export const DEFAULT_STEP_TIMEOUT_MS = 5 * MINUTE_MS;
