import type { Instant, Person, Priority } from "#domain/values/language.ts";
import type { EscalationState } from "./escalation-state.ts";
import type { Incident, Page, TakenIn } from "./incident.ts";
import { isSamePerson } from "#domain/policy/people.ts";
import { changeEscalation } from "./team-escalation.ts";

/** So many are remembered. One can be taken back for minutes only. */
const REMEMBERED = 20;

/** Remembers what the incident is before it takes in another. */
export function rememberTakenIn(
  incident: Incident,
  { from, priority }: { readonly from: number; readonly priority?: Priority },
  at: Instant,
): readonly TakenIn[] {
  const { takenIn, teamEscalations, peak, pinned, unmapped, priorityReason, escalation } = incident;
  const before = { priority: incident.priority, priorityReason, peak, pinned, unmapped, escalation };
  const teams = Object.keys(teamEscalations);
  const taken: TakenIn = { from, at, ...(priority === undefined ? {} : { priority }), pages: [], teams, before };
  return [...takenIn.filter((each) => each.from !== from), taken].slice(-REMEMBERED);
}

/** Remembers that an incident which was merged revoked a mitigation. */
export function rememberRevoked({ takenIn, mitigatedAt }: Incident, from: number | undefined): readonly TakenIn[] {
  if (from === undefined || mitigatedAt === null) return takenIn;
  return takenIn.map((each) => (each.from === from ? { ...each, mitigatedAt } : each));
}

/**
 * An incident that was taken in goes. When it had revoked a mitigation, and that stays so for one that was taken in later,
 * the later one is remembered for it.
 */
export function forgetTakenIn(takenIn: readonly TakenIn[], gone: number, isMitigated: boolean): readonly TakenIn[] {
  const mitigatedAt = takenIn.find(({ from }) => from === gone)?.mitigatedAt;
  const left = takenIn.filter(({ from }) => from !== gone);
  const last = left.at(-1);
  return isMitigated || mitigatedAt === undefined || last === undefined
    ? left
    : [...left.slice(0, -1), { mitigatedAt, ...last }];
}

/** Where a page is now: in the incident that asked for it, or where merges have taken it. null: nowhere to be found. */
export function findPageHome(
  incident: Incident,
  key: string,
  findIncident: (number: number) => Incident | null,
): { readonly incident: Incident; readonly page: Page } | null {
  let at: Incident | null = incident;
  for (let hops = 0; at !== null && hops < MAX_HOPS; hops++) {
    const page: Page | undefined = at.pages.find((each) => each.key === key);
    if (page === undefined) return null;
    if (page.carriedTo === undefined) return { incident: at, page };
    at = findIncident(page.carriedTo);
  }
  return null;
}

/** No chain of merges is longer. */
const MAX_HOPS = 20;

/** What goes along in a merge, or comes back from one. `team` absent: the escalation of the incident's own team. */
export type CarriedParts = {
  readonly pages: readonly Page[];
  readonly escalations: readonly { readonly team?: string; readonly state: EscalationState }[];
};

/** An incident with pages and escalations that came from another: a page that was here before is itself again. */
export function receiveParts(before: Incident, { pages, escalations }: CarriedParts): Incident {
  const isComing = new Set(pages.map(({ key }) => key));
  const all = [...before.pages.filter(({ key }) => !isComing.has(key)), ...pages];
  const received: Incident = { ...before, pages: all.toSorted((a, b) => a.requestedAt - b.requestedAt) };
  return escalations.reduce((now, { team, state }) => changeEscalation(now, team ?? null, () => state), received);
}

/** Remembers which pages came along with an incident. */
export function rememberCarried(incident: Incident, from: number, pages: readonly Page[]): Incident {
  const keys = pages.map(({ key }) => key);
  return {
    ...incident,
    takenIn: incident.takenIn.map((each) => (each.from === from ? { ...each, pages: [...each.pages, ...keys] } : each)),
  };
}

/** What an incident keeps of pages that went into another: their record. */
export function leavePages(pages: readonly Page[], keys: readonly string[], to: number): readonly Page[] {
  return pages.map((page) => (keys.includes(page.key) ? { ...page, status: "resolved", carriedTo: to } : page));
}

/** The incident once someone has it whose answer came along: until then no one had. */
export function acknowledgedBy(incident: Incident, by: Person, at: Instant): Incident {
  return incident.status === "triggered"
    ? {
        ...incident,
        status: "acknowledged",
        acknowledgedAt: incident.acknowledgedAt ?? at,
        acknowledgedBy: incident.acknowledgedBy ?? by,
      }
    : incident;
}

/** Where an incident went in a merge, and its pages. */
export function mergeDestinations(incident: Incident | null): readonly number[] {
  const went = incident?.pages.flatMap(({ carriedTo }) => carriedTo ?? []) ?? [];
  return incident?.mergedInto == null ? went : [incident.mergedInto, ...went];
}

/** An incident without what came along with another one, which is itself again. */
export function withoutWork(
  before: Incident,
  gone: number,
): Pick<Incident, "roles" | "rolesSince" | "tasks" | "guests"> {
  const came = before.takenIn.find(({ from }) => from === gone)?.roles ?? [];
  const left = came
    .filter(({ role, person }) => isSamePerson(null, before.roles[role], person))
    .map(({ role }) => role);
  const none = Object.fromEntries(left.map((role) => [role, null]));
  return {
    roles: { ...before.roles, ...none },
    rolesSince: { ...before.rolesSince, ...none },
    tasks: before.tasks.filter(({ origin }) => origin?.incident !== gone),
    guests: before.guests.filter(({ from }) => from !== gone),
  };
}
