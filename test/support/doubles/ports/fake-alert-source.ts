import type { FiringAlert } from "#domain/alerting/source-answer.ts";
import type { Instant } from "#domain/values/language.ts";
import type { AlertSource } from "#ports/alert-source.ts";
import { PortError } from "#ports/port-error.ts";

/** An Alertmanager that can be asked: it lists what a test sets, and has been up since `upSince`. */
export class FakeAlertmanager implements AlertSource {
  readonly name = "alertmanager";
  readonly url: string;
  readonly externalUrls: readonly string[] = [];
  peers: readonly string[] | null = null;
  readonly title = "Alertmanager";
  readonly firing = new Map<string, FiringAlert>();
  upSince: Instant;
  away = false;
  asked = 0;

  /** `url`: where it is asked; that of the builders' deliveries unless a test is about several. */
  constructor(upSince: Instant, url = "http://am-1.example:9093") {
    this.upSince = upSince;
    this.url = url;
  }

  /** What fires from now on, and nothing else; as Prometheus reports it after a restart. */
  lists(
    ...alerts: readonly { readonly fingerprint: string; readonly startsAt: string; readonly suppressed?: boolean }[]
  ): void {
    this.firing.clear();
    for (const { fingerprint, startsAt, suppressed = false } of alerts)
      this.firing.set(fingerprint, { startsAt: Date.parse(startsAt), suppressed });
  }

  /** It comes up and lists nothing until alerts arrive. */
  restarts(now: Instant): void {
    this.upSince = now;
    this.lists();
  }

  active(): ReturnType<AlertSource["active"]> {
    this.asked++;
    if (this.away) return Promise.reject(new PortError("unreachable", "away", { retryable: true }));
    return Promise.resolve({
      upSince: this.upSince,
      firing: new Map(this.firing),
      ...(this.peers === null ? {} : { peers: this.peers }),
    });
  }
}
