import type { Incident } from "./incident.ts";
import { ROLES, type Instant, type Role } from "./language.ts";
import { onAnyTeam, onSchedule, onTeam, type Rota } from "./oncall.ts";
import type { Plan, Policy } from "./policy.ts";
import { knownPerson, routedPerson, type RoutedPerson } from "./people.ts";
import type { Rung, Target } from "./routed.ts";

const MANAGER: Rung = { name: "on-call manager", targets: [], after: null };

/** A team's rungs above its on-call people, as the policy has them now: an incident keeps them. */
export function rungsOf(policy: Policy, name: string | null): readonly Rung[] {
  const team = name === null ? undefined : policy.teams[name];
  if (name === null || team === undefined) return [];
  if (team.escalation.length === 0 && team.schedule !== undefined && policy.schedules[team.schedule]?.backup === "next")
    return [{ name: `${name} backup`, targets: [{ kind: "backup", team: name }], after: null }, MANAGER];
  return team.escalation.map(({ page, after }) => ({ name: page.join(", "), targets: page.flatMap((word) => targetsOf(policy, name, word)), after }));
}

/** What people call a rung: its people by their names, else the words of the policy. */
export function titleOf({ name, targets }: Rung): string {
  const people = targets.flatMap((target) => (target.kind === "person" ? [target.person.name] : []));
  return people.length === targets.length && people.length > 0 ? people.join(", ") : name;
}

/** What a word of `escalation` stands for. Words are checked when the policy is read. */
function targetsOf(policy: Policy, team: string, word: string): readonly Target[] {
  const [kind, name, which] = word.split("/");
  if (word === "oncall" || word === "backup") return [{ kind: word, team }];
  if (word === "everyone") return [{ kind: "everyone" }];
  if (kind === "schedule") return [{ kind: "schedule", schedule: name!, backup: which === "backup" }];
  if (kind === "role") return [{ kind: "role", role: name as Role }];
  if (kind === "team") return (policy.teams[name ?? team]?.members ?? []).map((id): Target => ({ kind: "person", person: routedPerson(policy, id) }));
  return [{ kind: "person", person: routedPerson(policy, word) }];
}

/** Why a word of `escalation` is not understood, or null. */
export function badTarget(policy: Pick<Policy, "people" | "teams" | "schedules">, word: string): string | null {
  const [kind, name, which, ...rest] = word.split("/");
  if (["oncall", "backup", "everyone", "team"].includes(word)) return null;
  const known = (where: "people" | "teams" | "schedules", id: string): string | null =>
    Object.hasOwn(policy[where], id) ? null : `${where === "people" ? "nobody" : `no ${where.slice(0, -1)}`} called "${id}" under ${where}`;
  if (kind === "schedule" && name !== undefined && (which === undefined || which === "backup") && rest.length === 0) return known("schedules", name);
  if (kind === "team" && name !== undefined && which === undefined) return known("teams", name);
  if (kind === "role" && which === undefined)
    return (ROLES as readonly string[]).includes(name ?? "") ? null : `"${name}" is no role; there are ${ROLES.join(", ")}`;
  return known("people", word);
}

/** The rungs of an incident at a plan: on-call first, then the team's, at least one manager. */
export function ladder({ route }: Incident, plan: Plan): readonly Rung[] {
  const oncall: Rung = { name: "on-call", targets: route.team === null ? [] : [{ kind: "oncall", team: route.team }], after: null };
  const first: Rung = plan.page === "all" ? { name: "all on-call engineers", targets: [{ kind: "everyone" }], after: null } : oncall;
  const kept =
    route.ladder ??
    route.escalation.map((people): Rung => ({ name: "escalation", targets: people.map((person) => ({ kind: "person", person })), after: null }));
  return [first, ...(kept.length > 0 ? kept : [MANAGER])];
}

/** The people a rung wakes at an instant. */
export function woken(incident: Incident, { targets }: Rung, rota: Rota, at: Instant): readonly RoutedPerson[] {
  const people = targets.flatMap((target): readonly RoutedPerson[] => {
    const named = (ids: readonly string[]): readonly RoutedPerson[] => ids.map((id) => routedPerson(rota.policy, id));
    switch (target.kind) {
      case "person":
        return [target.person];
      case "oncall":
        // A team that is no longer in the policy was there when the incident opened.
        return Object.hasOwn(rota.policy.teams, target.team) ? named(onTeam(rota, target.team, at).primary) : incident.route.oncall;
      case "backup":
        return named(onTeam(rota, target.team, at).backup);
      case "schedule": {
        const { primary, backup } = onSchedule(rota, target.schedule, at);
        return named(target.backup ? backup : primary);
      }
      case "role": {
        const holder = incident.roles[target.role];
        return holder === null ? [] : [knownPerson(rota.policy, holder)];
      }
      case "everyone": {
        const everybody = named(onAnyTeam(rota, at));
        return everybody.length > 0 ? everybody : incident.route.everyone;
      }
    }
  });
  return [...new Map(people.map((person) => [person.id, person])).values()];
}

/** Whether a rung that wakes nobody is meant so: the pager's own policy decides whom to wake. */
export function isLeftToPager(rung: Rung, policy: Policy): boolean {
  return rung.targets.every((target) => {
    if (target.kind === "everyone") return Object.values(policy.teams).every(({ schedule, oncall }) => schedule === undefined && oncall.length === 0);
    if (target.kind !== "oncall") return false;
    const team = policy.teams[target.team];
    return team === undefined || (team.schedule === undefined && team.oncall.length === 0);
  });
}
