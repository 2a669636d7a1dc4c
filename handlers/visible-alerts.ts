import type { Alert } from "#domain/incident/alert.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { EngineReader } from "#engine/loop/reader.ts";

/**
 * The first alerts of a list that someone may see: those of private incidents that are not for their eyes are left out
 * before the limit counts, else they would push out what everyone may see. `list` leaves out the alerts of some incidents.
 */
export async function listVisibleAlerts(
  read: Pick<EngineReader, "privateOf" | "incident">,
  list: (without: readonly number[]) => Promise<readonly Alert[]>,
  canSee: (incident: Incident) => boolean,
): Promise<readonly Alert[]> {
  const without: number[] = [];
  for (;;) {
    const alerts = await list(without);
    const numbers = alerts.map(({ incident }) => incident).filter((number) => number !== null);
    const incidents = await Promise.all([...(await read.privateOf(numbers))].map((number) => read.incident(number)));
    const hidden = incidents.filter((each) => each !== null && !canSee(each));
    if (hidden.length === 0) return alerts;
    without.push(...hidden.map((each) => each!.number));
  }
}
