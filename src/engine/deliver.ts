import type { StoredIncident } from "#db/incidents.ts";
import { observe, type Alert, type Change } from "#domain/alert.ts";
import { decide, decideOpening } from "#domain/decide.ts";
import type { AlertsChanged, Context } from "#domain/decision.ts";
import type { Delivery, Observation } from "#domain/delivery.ts";
import type { Fact } from "#domain/event.ts";
import { belongs } from "#domain/grouping.ts";
import { urgencyOf, type Instant } from "#domain/language.ts";
import { groupKey, serviceOf } from "#domain/route.ts";
import { classify, type Classified } from "#domain/severity.ts";
import { cut } from "#domain/text.ts";
import type { Desk } from "./desk.ts";

/** What a delivery means for one incident, not yet recorded. */
export type Verdict = { readonly stored: StoredIncident | null; readonly number: number; readonly facts: readonly Fact[] };

type Seen = { readonly observation: Observation; readonly classified: Classified; readonly change: Change };

/**
 * Takes one delivery apart: what became of each alert, which incident each is news for, and what that means there.
 * Reads the desk and leaves it as it was.
 */
export function deliver(desk: Desk, delivery: Delivery, at: { readonly source: string; readonly seq: number; readonly receivedAt: Instant }, ctx: Context): { readonly alerts: readonly Alert[]; readonly verdicts: readonly Verdict[] } {
  const known = new Map<string, Alert>();
  const byTarget = new Map<number | string, Seen[]>();
  const settled: Alert[] = [];
  for (const observation of delivery.alerts) {
    const before = known.get(observation.fingerprint) ?? desk.alert(at.source, observation.fingerprint);
    const classified = classify(ctx.policy, observation.labels);
    const change = observe(before, observation, { ...at, delivery }, classified);
    known.set(observation.fingerprint, change.alert);
    const target = targetOf(desk, change, ctx);
    if (target === null) settled.push(change.alert);
    else pushTo(byTarget, target, { observation, classified, change });
  }

  const alerts = [...settled];
  const verdicts: Verdict[] = [];
  const group = cut(`${delivery.receiver} ${delivery.groupKey}`, 300);
  let next = desk.nextNumber;
  for (const [target, seen] of byTarget) {
    const stored = typeof target === "number" ? desk.incident(target) : null;
    const number = stored?.state.number ?? next++;
    // An alert that moves to another incident begins to fire there, whatever it did before.
    const changes = seen.map(({ change }): Change => (change.kind === "flapped" && change.alert.incident !== number ? { ...change, kind: "fired" } : change));
    const command: AlertsChanged = { type: "alerts.changed", changes, group, hidden: delivery.truncated };
    const facts = stored === null ? decideOpening({ number, ...worstOf(seen) }, command, ctx) : factsOf(stored, command, ctx);
    verdicts.push({ stored, number, facts });
    for (const { alert } of changes) alerts.push({ ...alert, incident: number });
  }
  return { alerts: lastOfEach(alerts), verdicts };
}

function targetOf(desk: Desk, change: Change, ctx: Context): number | string | null {
  const { alert } = change;
  const key = groupKey(ctx.policy, alert.labels);
  const { service } = serviceOf(ctx.policy, alert.labels);
  const where = belongs(
    change,
    {
      home: alert.incident === null ? null : (desk.incident(alert.incident)?.state ?? null),
      newest: desk.newestOfKey(key)?.state ?? null,
      related: service === null ? null : (desk.openOfService(service)?.state ?? null),
    },
    ctx.now,
    ctx.policy,
  );
  return where.to === "incident" ? where.number : where.to === "new" ? key : null;
}

function factsOf(stored: StoredIncident, command: AlertsChanged, ctx: Context): readonly Fact[] {
  const decision = decide(stored.state, command, ctx);
  if (!decision.ok) throw new Error(`bug: alerts were refused: ${decision.refusal}`);
  return decision.facts;
}

function worstOf(seen: readonly Seen[]): { readonly worst: Observation; readonly classified: Classified } {
  const worst = seen.reduce((a, b) => (urgencyOf(b.classified.priority) < urgencyOf(a.classified.priority) ? b : a));
  return { worst: worst.observation, classified: worst.classified };
}

/** A delivery may list one alert twice; the row keeps what was said last. */
function lastOfEach(alerts: readonly Alert[]): readonly Alert[] {
  return [...new Map(alerts.map((alert) => [alert.fingerprint, alert])).values()];
}

function pushTo<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
