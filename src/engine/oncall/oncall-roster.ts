import { overridesBetween } from "#db/arrangements/arrangements.ts";
import { replacedRotations } from "#db/oncall/rotations.ts";
import type { OnCallRoster } from "#domain/oncall/oncall.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import type { Engine } from "#engine/base/engine.ts";

/** How long before and after an instant a shift may start and end to matter. */
const AROUND = 200 * DAY_MS;

/** What is read for it. */
export type RosterReads = Pick<Engine, "connection" | "policy" | "paging"> & {
  readonly chat: Pick<Engine["chat"], "isMember">;
};

/** The data for who is on call around an instant. */
export async function loadRoster(
  { connection, policy, chat, paging }: RosterReads,
  at: Instant,
): Promise<OnCallRoster> {
  return {
    policy: policy(),
    overrides: await overridesBetween(connection.db, at - AROUND, at + AROUND),
    replaced: await replacedRotations(connection.db, at - AROUND, at + AROUND),
    isMember: (id) => chat.isMember(id),
    pagerTitle: paging.title,
  };
}
