import { formatDuration } from "#domain/values/duration.ts";

/** How many stored commands wait to be decided, and for how many ms the oldest of them has. */
export type DecisionLag = { readonly waiting: number; readonly oldestMs: number };

/** A command that waits for longer is late: deciding a batch takes less than half a second. In ms. */
const LATE_MS = 10_000;

/** "3200 deliveries and commands wait to be decided, the oldest for 14 s"; null while none is late. */
export function describeDecisionLag({ waiting, oldestMs }: DecisionLag): string | null {
  if (waiting === 0 || oldestMs < LATE_MS) return null;
  const what = waiting === 1 ? "1 delivery or command waits" : `${waiting} deliveries and commands wait`;
  return `${what} to be decided, the oldest for ${formatDuration(oldestMs)}; the most urgent are decided first`;
}
