import { incidentsByNumber } from "#db/incidents.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import type { PerformEffect } from "#engine/base/effect-performer.ts";

/**
 * Reads the event that the pager sent to our door, and asks the pager for what the event left out. What it means is a
 * command of its incident.
 */
export const performPagerRead: PerformEffect<"pager.read"> = async ({ id, raw }, { engine }) => {
  const { paging, policy, clock, connection } = engine;
  const event = await paging.readEvent(raw, {
    policy: policy(),
    now: clock(),
    incident: async (number) => (await incidentsByNumber(connection.db, [number]))[0]?.state ?? null,
  });
  if (event === null) return {};
  const { incident, command, actor, at, evidence } = event;
  const body = { type: "incident", incident, command } as const;
  return { submissions: [createSubmission({ key: `pager.read:${id}`, urgency: 1, actor, at, evidence, body })] };
};
