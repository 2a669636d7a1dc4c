import type { Incident } from "#domain/incident/incident.ts";
import type { Person } from "#domain/values/language.ts";
import type { Run } from "#domain/automation/run.ts";
import { isKnownPerson } from "#domain/policy/people.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { onCallForTeam } from "#domain/oncall/oncall.ts";
import { approvalGroups, approvalRefusal } from "#domain/response/run-approvers.ts";
import { PortError } from "#ports/port-error.ts";
import { loadRoster, type RosterReads } from "#engine/oncall/oncall-roster.ts";
import { isGroupMember, type GroupReads } from "#engine/response/group-members.ts";

/** Whether a run was asked for by someone who may be anybody: one of those who approve it could be the same person. */
export function isAskedByStranger(policy: Policy, { by }: Pick<Run, "by">): boolean {
  return by !== null && by.kind === "person" && !isKnownPerson(policy, by);
}

/** What decides who approves: who is on call, and who is in which group. */
export type ApproverReads = RosterReads & GroupReads;

/**
 * Why someone may not approve now, or null. Groups of the chat are read at the click, and only when nothing else lets
 * them: a person who left one a minute ago may not.
 */
export async function approverRefusal(
  engine: ApproverReads,
  from: readonly string[],
  person: Person,
  incident: Incident | null,
): Promise<string | null> {
  const now = engine.clock();
  const roster = await loadRoster(engine, now);
  const onCall = (team: string): readonly string[] => onCallForTeam(roster, team, now).primary;
  const refusalIn = (groups: readonly string[]): string | null =>
    approvalRefusal(engine.policy(), from, person, incident, { onCall, groups });
  let refusal = refusalIn([]);
  for (const group of refusal === null ? [] : approvalGroups(engine.policy(), from)) {
    try {
      if (await isGroupMember(engine, group, person)) refusal = refusalIn([group]);
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      return `Who is in ${group} cannot be looked up now (${error.message}): try again in a moment.`;
    }
    if (refusal === null) return null;
  }
  return refusal;
}
