import type { Incident } from "#domain/incident/incident.ts";
import type { EscalationKey } from "#domain/incident/team-escalation.ts";
import { ROLES, type Instant, type Role } from "#domain/values/language.ts";
import { onCallForAnyTeam, onCallForSchedule, onCallForTeam, type OnCallRoster } from "#domain/oncall/oncall.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { Plan } from "#domain/policy/priority-plan.ts";
import { knownPerson, routedPerson, type RoutedPerson } from "#domain/policy/people.ts";
import type { EscalationStep, PageTarget } from "#domain/policy/route.ts";

/** No one of the policy: the pager's own escalation policy decides, where there is one. Else the step is passed. */
const PAGER_STEP: EscalationStep = { name: "the pager's escalation policy", targets: [], after: null };

/** A team's steps above its on-call people, as the policy has them now: an incident keeps them. */
export function teamEscalationSteps(policy: Policy, name: string | null): readonly EscalationStep[] {
  const team = name === null ? undefined : policy.teams[name];
  if (name === null || team === undefined) return [];
  if (team.escalation.length === 0 && team.schedule !== undefined && policy.schedules[team.schedule]?.backup === "next")
    return [{ name: `${name} backup`, targets: [{ kind: "backup", team: name }], after: null }, PAGER_STEP];
  return team.escalation.map(({ page, after }) => ({
    name: page.join(", "),
    targets: page.flatMap((word) => targetsOf(policy, name, word)),
    after,
  }));
}

/** What people call a step: its people by their names, else the words of the policy. */
export function stepTitle({ name, targets }: EscalationStep): string {
  const people = targets.flatMap((target) => (target.kind === "person" ? [target.person.name] : []));
  return people.length === targets.length && people.length > 0 ? people.join(", ") : name;
}

/** The meaning of a word of `escalation`. Words are checked when the policy is read. */
function targetsOf(policy: Policy, team: string, word: string): readonly PageTarget[] {
  const [kind, name, which] = word.split("/");
  if (word === "oncall" || word === "backup") return [{ kind: word, team }];
  if (word === "everyone") return [{ kind: "everyone" }];
  if (kind === "schedule") return [{ kind: "schedule", schedule: name!, backup: which === "backup" }];
  if (kind === "role") return [{ kind: "role", role: name as Role }];
  if (kind === "team")
    return (policy.teams[name ?? team]?.members ?? []).map((id): PageTarget => ({
      kind: "person",
      person: routedPerson(policy, id),
    }));
  return [{ kind: "person", person: routedPerson(policy, word) }];
}

/** Why a word of `escalation` is not understood, or null. */
export function targetProblem(policy: Pick<Policy, "people" | "teams" | "schedules">, word: string): string | null {
  const [kind, name, which, ...rest] = word.split("/");
  if (["oncall", "backup", "everyone", "team"].includes(word)) return null;
  const known = (where: "people" | "teams" | "schedules", id: string): string | null =>
    Object.hasOwn(policy[where], id)
      ? null
      : `${where === "people" ? "no one" : `no ${where.slice(0, -1)}`} called "${id}" under ${where}`;
  if (kind === "schedule" && name !== undefined && (which === undefined || which === "backup") && rest.length === 0)
    return known("schedules", name);
  if (kind === "team" && name !== undefined && which === undefined) return known("teams", name);
  if (kind === "role" && which === undefined)
    return (ROLES as readonly string[]).includes(name ?? "")
      ? null
      : `"${name}" is no role; there are ${ROLES.join(", ")}`;
  return known("people", word);
}

/**
 * The steps of an incident at a plan: on-call first, then the team's, else the pager's own. `key`: of which team; the steps
 * of the incident's own are those it was opened with, of another those of the policy now.
 */
export function resolveEscalationPolicy(
  { route }: Incident,
  plan: Plan,
  policy: Policy,
  key: EscalationKey = null,
): readonly EscalationStep[] {
  const team = key ?? route.team;
  const oncall: EscalationStep = {
    name: "on-call",
    targets: team === null ? [] : [{ kind: "oncall", team }],
    after: null,
  };
  if (key !== null) {
    const above = teamEscalationSteps(policy, key);
    return [{ ...oncall, name: `${key} on-call` }, ...(above.length > 0 ? above : [PAGER_STEP])];
  }
  const first: EscalationStep =
    plan.page === "all" ? { name: "all on-call engineers", targets: [{ kind: "everyone" }], after: null } : oncall;
  const kept =
    route.ladder ??
    route.escalation.map((people): EscalationStep => ({
      name: "escalation",
      targets: people.map((person) => ({ kind: "person", person })),
      after: null,
    }));
  return [first, ...(kept.length > 0 ? kept : [PAGER_STEP])];
}

/** The people a step wakes at an instant. */
export function resolveStepPeople(
  incident: Incident,
  { targets }: EscalationStep,
  rota: OnCallRoster,
  at: Instant,
): readonly RoutedPerson[] {
  const people = targets.flatMap((target): readonly RoutedPerson[] => {
    const named = (ids: readonly string[]): readonly RoutedPerson[] => ids.map((id) => routedPerson(rota.policy, id));
    switch (target.kind) {
      case "person":
        return [target.person];
      case "oncall":
        // A team that is no longer in the policy was there when the incident opened.
        return Object.hasOwn(rota.policy.teams, target.team)
          ? named(onCallForTeam(rota, target.team, at).primary)
          : target.team === incident.route.team
            ? incident.route.oncall
            : [];
      case "backup":
        return named(onCallForTeam(rota, target.team, at).backup);
      case "schedule": {
        const { primary, backup } = onCallForSchedule(rota, target.schedule, at);
        return named(target.backup ? backup : primary);
      }
      case "role": {
        const holder = incident.roles[target.role];
        return holder === null ? [] : [knownPerson(rota.policy, holder)];
      }
      case "everyone": {
        const everybody = named(onCallForAnyTeam(rota, at));
        return everybody.length > 0 ? everybody : incident.route.everyone;
      }
    }
  });
  return [...new Map(people.map((person) => [person.id, person])).values()];
}

/**
 * Whether a step without people is meant for the pager: its own policy decides whom to page. `chooses`: whether it has one
 * for the team; without, such a step would name people who do not exist.
 */
export function isPagerStep(step: EscalationStep, policy: Policy, chooses: boolean): boolean {
  if (!chooses) return false;
  return step.targets.every((target) => {
    if (target.kind === "everyone")
      return Object.values(policy.teams).every(({ schedule, oncall }) => schedule === undefined && oncall.length === 0);
    if (target.kind !== "oncall") return false;
    const team = policy.teams[target.team];
    return team === undefined || (team.schedule === undefined && team.oncall.length === 0);
  });
}
