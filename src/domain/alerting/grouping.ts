import type { Policy } from "#domain/policy/policy.ts";
import { labelValue, type AlertLabels } from "#domain/values/delivery.ts";
import { digestText } from "#domain/values/text.ts";
import { resolveService } from "./routing.ts";

/** The alerts with one group key are one incident. Names may be as long as a book; keys may not, an index holds them. */
export function groupKey(policy: Policy, labels: AlertLabels): string {
  const key = JSON.stringify(
    policy.grouping.by.map((name) =>
      name === "service" ? resolveService(policy, labels).service : labelValue(labels, name),
    ),
  );
  return key.length <= LONGEST_KEY ? key : `${key.slice(0, LONGEST_KEY - 20).toWellFormed()}… ${digestText(key)}`;
}
const LONGEST_KEY = 600;

/**
 * What members of one Alertmanager group must share to be one incident although their keys differ: everything but the
 * service, when the service is only guessed from the job. null for an alert whose service someone named.
 */
export function looseGroupKey(policy: Policy, labels: AlertLabels): string | null {
  const { service } = resolveService(policy, labels);
  if (
    !policy.grouping.by.includes("service") ||
    labelValue(labels, "service") !== "" ||
    (service !== null && Object.hasOwn(policy.services, service))
  )
    return null;
  return JSON.stringify(
    policy.grouping.by.filter((name) => name !== "service").map((name) => labelValue(labels, name)),
  );
}
