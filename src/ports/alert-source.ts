import type { SourceAnswer } from "#domain/alerting/source-answer.ts";

/** A monitoring system that may be asked what fires. Rejects with PortError and nothing else. */
export interface AlertSource {
  /** The source whose deliveries it sends. */
  readonly name: string;
  /** Its address: people identify it by this, and what is learned of it is stored under it. */
  readonly url: string;
  /** The external URLs of deliveries that it answers for, as far as that is set; its address is one more. */
  readonly externalUrls: readonly string[];
  /** What people call it: "Alertmanager". */
  readonly title: string;
  /** All alerts that fire now, silenced and inhibited ones too, and since when the process that answered, or a later one, is up. */
  active(): Promise<SourceAnswer>;
}
