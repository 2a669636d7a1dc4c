import { targetProblem } from "./escalation-steps.ts";
import type { Policy, PolicyShape } from "#domain/policy/policy.ts";

type Path = readonly (string | number)[];

/** Undefined names in a policy: `issue` gets the place and the problem. */
function references(policy: Policy, issue: (path: Path, message: string) => void): void {
  const knownTeam = (team: string | undefined, path: Path): void => {
    if (team !== undefined && !Object.hasOwn(policy.teams, team)) issue(path, `no team called "${team}" under teams`);
  };
  knownTeam(policy.defaultTeam, ["defaultTeam"]);
  for (const [role, rules] of Object.entries(policy.access))
    rules.forEach((rule, i) => {
      if (!rule.startsWith("@") && rule !== "anyone" && rule !== "people" && !Object.hasOwn(policy.people, rule))
        issue(["access", role, i], `no one called "${rule}" under people; a group of the chat is written @handle`);
    });
  for (const [name, service] of Object.entries(policy.services)) knownTeam(service.team, ["services", name, "team"]);
  for (const [name, team] of Object.entries(policy.teams)) {
    const named: [string[], Path][] = [
      [team.members, ["members"]],
      [team.oncall, ["oncall"]],
    ];
    if (team.schedule !== undefined && !Object.hasOwn(policy.schedules, team.schedule))
      issue(["teams", name, "schedule"], `no schedule called "${team.schedule}" under schedules`);
    team.escalation.forEach(({ page }, i) =>
      page.forEach((word, j) => {
        const bad = targetProblem(policy, word);
        if (bad !== null) issue(["teams", name, "escalation", i, j], bad);
      }),
    );
    for (const [people, path] of named)
      people.forEach((person, i) => {
        if (!Object.hasOwn(policy.people, person))
          issue(["teams", name, ...path, i], `no one called "${person}" under people`);
      });
  }
  for (const { id, names } of sharedIds(policy))
    issue(["people", names[1]!], `${names.join(" and ")} have the same id (${id}): one id is one person`);
  for (const [name, schedule] of Object.entries(policy.schedules)) {
    const wrong = (path: Path, message: string): void => issue(["schedules", name, ...path], message);
    const known = (person: string, path: Path): void => {
      if (!Object.hasOwn(policy.people, person)) wrong(path, `no one called "${person}" under people`);
    };
    schedule.layers.forEach(({ people }, i) =>
      people.forEach((person, j) => known(person, ["layers", i, "people", j])),
    );
    schedule.overrides.forEach(({ person, from, until }, i) => {
      known(person, ["overrides", i, "person"]);
      if (until <= from) wrong(["overrides", i, "until"], "ends before it begins");
    });
    if (schedule.layers.length > 0 && schedule.pagerduty !== undefined)
      wrong(["pagerduty"], "the shifts come from the pager or from layers, not from both");
    if (schedule.layers.length === 0 && schedule.pagerduty === undefined)
      wrong(["layers"], "give it layers of people, or the id of a schedule of the pager");
  }
}

/** Ids by which two people of the policy would be one. An address may be of a team: it identifies no one then. */
function sharedIds({ people }: Policy): readonly { readonly id: string; readonly names: readonly string[] }[] {
  const holders = new Map<string, string[]>();
  for (const [name, { ids }] of Object.entries(people))
    for (const id of new Set(ids)) if (!id.startsWith("email:")) holders.set(id, [...(holders.get(id) ?? []), name]);
  return [...holders].filter(([, names]) => names.length > 1).map(([id, names]) => ({ id, names }));
}

/** `muster.yaml`, with every name that it refers to. */
export function withReferences(shape: PolicyShape): PolicyShape {
  return shape.superRefine((policy, ctx) =>
    references(policy, (path, message) => ctx.addIssue({ code: "custom", path: [...path], message })),
  );
}
