import { hasDueWork } from "#db/due-work.ts";
import type { Engine } from "#engine/base/engine.ts";

/** Whether everything that is due by now is decided and done: played time must not run ahead of the work. */
export async function isIdle({
  connection,
  databaseClock,
}: Pick<Engine, "connection" | "databaseClock">): Promise<boolean> {
  return !(await hasDueWork(connection.db, databaseClock.now()));
}
