import type { StoredIncident } from "#db/incidents.ts";
import type { AlertingMemory } from "#domain/alerting/alerting-memory.ts";
import type { Alert } from "#domain/incident/alert.ts";

/** What a command is decided with: alerts and incidents as earlier commands of its batch left them. It changes nothing of it. */
export type WorkingSet = AlertingMemory & {
  /** An incident with what its row has besides its state; null when there is none of that number. */
  incident(number: number): StoredIncident | null;
  /** The alerts that an incident gave away when it was merged, as they are now. */
  mergedFrom(number: number): readonly Alert[];
};
