/** A monitoring system that may be asked what fires. Rejects with PortError and nothing else. */
export interface AlertSource {
  /** The source whose deliveries it sends. */
  readonly name: string;
  /** The fingerprints of all alerts that fire now, silenced and inhibited ones too. */
  active(): Promise<ReadonlySet<string>>;
}
