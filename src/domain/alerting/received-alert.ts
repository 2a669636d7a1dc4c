import type { AlertChange } from "#domain/incident/alert.ts";
import type { ClassifiedPriority } from "#domain/policy/severity.ts";
import type { AlertObservation } from "#domain/deliveries/delivery.ts";
import type { ActiveSilence } from "./silence.ts";

/** One alert of a delivery, with what became of it. */
export type ReceivedAlert = {
  readonly observation: AlertObservation;
  readonly classified: ClassifiedPriority;
  readonly change: AlertChange;
  /** What would keep it from opening anything. */
  readonly silence: ActiveSilence | null;
};
