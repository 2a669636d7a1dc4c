import type { Policy } from "#domain/policy/policy.ts";
import { labelValue, type AlertLabels } from "#domain/values/alert-labels.ts";
import { digestText } from "#domain/values/text.ts";
import { resolveTeam } from "./routing.ts";

/**
 * The alerts with one group key are one incident: `grouping.by` names the labels (grouping-policy.ts). A service that no one named keeps no teams together, so the team is a
 * part of the key then, unless it is that of all others. Names may be as long as a book; keys may not, an index holds them.
 */
export function groupKey(policy: Policy, labels: AlertLabels): string {
  const { by } = policy.grouping;
  const { service, team, named } = resolveTeam(policy, labels);
  const apart = by.includes("service") && !by.includes("team") && !named && team !== (policy.defaultTeam ?? null);
  const key = JSON.stringify([
    ...by.map((name) => (name === "service" ? service : labelValue(labels, name))),
    ...(apart ? [`team ${team}`] : []),
  ]);
  return key.length <= LONGEST_KEY ? key : `${key.slice(0, LONGEST_KEY - 20).toWellFormed()}… ${digestText(key)}`;
}
const LONGEST_KEY = 600;

/**
 * What members of one Alertmanager group must share to be one incident although their keys differ: everything but the
 * service, when the service is only guessed from the job. null for an alert whose service someone named.
 */
export function looseGroupKey(policy: Policy, labels: AlertLabels): string | null {
  if (!policy.grouping.by.includes("service") || resolveTeam(policy, labels).named) return null;
  return JSON.stringify(
    policy.grouping.by.filter((name) => name !== "service").map((name) => labelValue(labels, name)),
  );
}
