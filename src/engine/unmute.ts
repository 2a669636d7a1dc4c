import { unmutedAlerts } from "#db/alerts.ts";
import { iso } from "#domain/instant.ts";
import { classify } from "#domain/severity.ts";
import { urgencyOf } from "#domain/language.ts";
import type { Engine } from "./engine.ts";
import type { Submit } from "./submit.ts";

const AT_ONCE = 500;

/**
 * To be called now and then: alerts that were held back, that nothing holds back any more and that still fire are heard as
 * if they had just been told. Their source would say them again only after its repeat interval, four hours by default.
 */
export async function hearUnmuted(engine: Engine, submit: Submit): Promise<void> {
  const now = engine.clock();
  for (const alert of await unmutedAlerts(engine.connection.db, now, AT_ONCE)) {
    const { source, fingerprint, labels, annotations, startsAt, generatorUrl, mutedUntil } = alert;
    const raw = JSON.stringify({
      version: "4",
      receiver: "muster",
      groupKey: "muster:unmuted",
      status: "firing",
      externalURL: "",
      truncatedAlerts: 0,
      alerts: [{ status: "firing", labels, annotations, startsAt: iso(startsAt), endsAt: "0001-01-01T00:00:00Z", generatorURL: generatorUrl, fingerprint }],
    });
    await submit({
      key: `unmuted:${source}:${fingerprint}:${mutedUntil}`,
      urgency: urgencyOf(classify(engine.policy(), labels).priority),
      weight: 1,
      actor: { kind: "source", id: source, name: source },
      at: now,
      replyTo: null,
      evidence: null,
      body: { type: "alerts.deliver", source, raw },
    });
  }
}
