import type { Alert, AlertChange } from "#domain/incident/alert.ts";
import type { Silence } from "#domain/incident/arrangement.ts";
import type { AlertLabels } from "#domain/values/alert-labels.ts";
import type { Instant } from "#domain/values/language.ts";
import { compileMatchers, type Matcher } from "#domain/values/matcher.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { weeklyWindows } from "#domain/oncall/rotation.ts";

/** The group of alerts that are received again because the last silence over them ended: their source has sent nothing. */
export const UNSILENCED_GROUP = "muster:unmuted";

/** Why an alert is silenced, and until when. */
export type ActiveSilence = { readonly why: string; readonly until: Instant };

/** Compiled matchers by their text: rows are read again for every batch. */
const compiled = new Map<string, Matcher>();
const MAX_CACHED = 2_000;

/** Whether a silence or a maintenance window suppresses an alert now; the one that ends last sets until when. */
export function findActiveSilence(
  policy: Policy,
  silences: readonly Silence[],
  labels: AlertLabels,
  now: Instant,
): ActiveSilence | null {
  const found: ActiveSilence[] = [];
  for (const silence of silences)
    if (silence.from <= now && now < silence.until && matcherOf(silence)(labels))
      found.push({ why: `muted by ${silence.by}: ${silence.reason}`, until: silence.until });
  for (const window of policy.maintenance) {
    if (!window.match.matches(labels)) continue;
    const until = maintenanceEnd(window, now);
    if (until !== null) found.push({ why: `maintenance: ${window.reason}`, until });
  }
  return found.toSorted((a, b) => b.until - a.until)[0] ?? null;
}

/** When a maintenance window that is open now ends; null when none is. */
export function maintenanceEnd(window: Policy["maintenance"][number], now: Instant): Instant | null {
  if (window.from !== undefined && window.until !== undefined)
    return window.from <= now && now < window.until ? window.until : null;
  const open = weeklyWindows(window.every, window.timezone, now, now + 1)[0];
  return open === undefined ? null : open[1];
}

/** Whether an alert would open or reopen an incident while suppressed. Events of an open incident still count. */
export function isSuppressed(change: AlertChange, silence: ActiveSilence | null): silence is ActiveSilence {
  return silence !== null && (change.kind === "fired" || change.kind === "flapped" || change.kind === "refired");
}

/**
 * An alert as it is kept while it is held back. One that its incident does not count as firing leaves it: it will be new to
 * whatever takes it in.
 */
export function suppressAlert({ kind, alert }: AlertChange, { until, why: reason }: ActiveSilence): Alert {
  return {
    ...alert,
    ...(kind === "flapped" ? {} : { incident: null }),
    suppressedUntil: until,
    suppressedBecause: reason,
  };
}

function matcherOf(silence: Silence): Matcher {
  const text = silence.matchers.join("\n");
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const matcher = compileMatchers(silence.matchers);
  if (compiled.size >= MAX_CACHED) compiled.clear();
  compiled.set(text, matcher);
  return matcher;
}
