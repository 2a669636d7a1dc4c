import { z } from "zod";
import type { Policy } from "#domain/policy/policy.ts";
import { settingList, settingText, settingUrl } from "#domain/values/setting-values.ts";

export const PagerDutyEnvironment = z.object({
  PAGERDUTY_ROUTING_KEY: settingText,
  PAGERDUTY_API_TOKEN: settingText,
  PAGERDUTY_FROM: z.email().optional(),
  PAGERDUTY_WEBHOOK_SECRETS: settingList,
  PAGERDUTY_EVENTS_URL: settingUrl("http:", "https:"),
  PAGERDUTY_API_URL: settingUrl("http:", "https:"),
});
type Values = z.output<typeof PagerDutyEnvironment>;

/** `routingKey` is for teams without one of their own. */
export type PagerDutySettings = {
  readonly routingKey: string | null;
  readonly apiToken: string | null;
  readonly from: string | null;
  readonly webhookSecrets: readonly string[];
  readonly eventsUrl: string | null;
  readonly apiUrl: string | null;
};

/** Someone can be paged: there is a key for all, or for a team. */
export function hasPager({ PAGERDUTY_ROUTING_KEY }: Pick<Values, "PAGERDUTY_ROUTING_KEY">, { teams }: Policy): boolean {
  return PAGERDUTY_ROUTING_KEY !== undefined || Object.values(teams).some(({ pagerduty }) => pagerduty !== undefined);
}

/** null: no pager. */
export function readPagerDutySettings(value: Values, policy: Policy): PagerDutySettings | null {
  if (!hasPager(value, policy)) return null;
  return {
    routingKey: value.PAGERDUTY_ROUTING_KEY ?? null,
    apiToken: value.PAGERDUTY_API_TOKEN ?? null,
    from: value.PAGERDUTY_FROM ?? null,
    webhookSecrets: value.PAGERDUTY_WEBHOOK_SECRETS,
    eventsUrl: value.PAGERDUTY_EVENTS_URL ?? null,
    apiUrl: value.PAGERDUTY_API_URL ?? null,
  };
}

/** What cannot be set without each other, with the setting to change. */
export function pagerDutyConflicts({ PAGERDUTY_API_TOKEN, PAGERDUTY_FROM }: Values): readonly string[] {
  return PAGERDUTY_API_TOKEN !== undefined && PAGERDUTY_FROM === undefined
    ? [
        "PAGERDUTY_FROM: must be set with PAGERDUTY_API_TOKEN: the e-mail address of a PagerDuty user, in whose name notes are written",
      ]
    : [];
}
