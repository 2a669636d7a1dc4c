import { HOUR_MS, MINUTE_MS } from "#domain/values/duration.ts";
import { formatIso } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { followMerges } from "#domain/alerting/alerting-memory.ts";
import { describeAlert } from "../acts/act.ts";
import { SENDER } from "../world/sim-door.ts";
import { fingerprintOf } from "../world/sim-policy.ts";
import type { SimWorld } from "../world/sim-world.ts";
import type { Law } from "./law.ts";

/** For so long after a refusal its sender is reported, whatever of it was accepted since, ms. */
const REPORTED_FOR_MS = 15 * MINUTE_MS;
/** A wrong token that was reported is not reported again for so long, ms. */
const TOKEN_PAUSE_MS = 4 * HOUR_MS;

/**
 * A sender that is refused, or a part of what it sends, is reported by one alert of Muster's own, which names it and is in
 * an incident. However much is refused, there is no second one before the first has ended.
 */
export function refusalsAreReported(world: SimWorld): Law {
  return {
    name: "a refused sender is reported by one alert",
    after: () => {
      const { refusals, reports } = world.door;
      const [last, before] = [reports.at(-1) ?? null, reports.at(-2) ?? null];
      if (last !== null && before !== null && last - before < REPORTED_FOR_MS)
        return `the sender is reported twice in ${(last - before) / 1000} s`;
      const refusal = refusals.at(-1);
      // A clock that was set forward ends what it reports the sooner.
      const isStepped = Math.max(world.watch.steppedAt ?? 0, world.livesSince()) >= (refusal?.at ?? 0);
      if (refusal === undefined || refusal.at === world.now() || isStepped) return null;
      const isPaused = refusal.status === 401 && last !== null && refusal.at - last < TOKEN_PAUSE_MS;
      return world.now() - refusal.at >= REPORTED_FOR_MS || isPaused ? null : unreported(world, refusal.at);
    },
  };
}

/** What fires and stood in a delivery that was not refused as a whole is known, whatever stood beside it. */
export function goodAlertsAreAccepted(world: SimWorld): Law {
  return {
    name: "the good alerts of a mixed delivery are accepted",
    after: () => {
      const lost = world.source
        .delivered()
        .find((alert) => world.store.findAlert("alertmanager", fingerprintOf(alert)) === null);
      return lost === undefined ? null : `${describeAlert(lost.id)} was delivered, and nothing is known of it`;
    },
  };
}

function unreported({ store }: SimWorld, at: Instant): string | null {
  const alert = [...store.alerts.values()].find(({ labels }) => labels["alertname"] === "MusterRefusesAlerts");
  const home = followMerges(alert?.incident == null ? null : store.findIncident(alert.incident), (number) =>
    store.findIncident(number),
  );
  const what = `the sender was refused at ${formatIso(at)}, and`;
  if (alert?.status !== "firing") return `${what} no alert of Muster's own fires`;
  if (alert.annotations["summary"]?.includes(SENDER) !== true) return `${what} the alert does not name it`;
  return home === null ? `${what} its alert is in no incident` : null;
}
