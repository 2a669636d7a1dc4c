import { pagerPriorityNames } from "#domain/policy/pager-priority.ts";
import { createPagerDuty } from "#integrations/pagerduty/pagerduty-paging.ts";
import { pagerDutyWebhook } from "#handlers/webhooks/pagerduty-webhook.ts";
import type { Integration, IntegrationSetup } from "./integration.ts";
import { checkPagerDuty } from "./pagerduty-check.ts";

export const pagerDutyIntegration: Integration = {
  name: "pagerduty",
  title: "PagerDuty",
  connect: (setup) => ({
    ...pagerOf(setup),
    mountDoors({ app, door, pager, warn }) {
      const { submit, read, policy, clock } = door;
      const secrets = setup.config.pagerduty?.webhookSecrets ?? [];
      app.use(pagerDutyWebhook({ secrets, submit, read, policy, clock, pager, warn }));
      return {};
    },
  }),
  setup: {
    offers: "paging",
    isSetUp: ({ pagerduty }) => pagerduty !== null,
    hint: "Set PAGERDUTY_ROUTING_KEY, or teams.<team>.pagerduty in the policy, to wake people by PagerDuty",
    warnings: ({ pagerduty }) =>
      (pagerduty?.webhookSecrets ?? []).length > 0
        ? []
        : [
            "What people do in PagerDuty is not heard of. Subscribe PUBLIC_URL/webhooks/pagerduty there and set PAGERDUTY_WEBHOOK_SECRETS.",
          ],
  },
  check: checkPagerDuty,
  checkedAtStart: true,
};

function pagerOf({ config: { pagerduty, publicUrl }, policy, clock, metrics }: IntegrationSetup) {
  if (pagerduty === null) return {};
  const { routingKey, eventsUrl, apiToken, from, apiUrl } = pagerduty;
  return {
    paging: createPagerDuty({
      routingKey,
      idOfPerson: (person) => policy().people[person]?.pagerduty ?? null,
      priorityNames: (priority) => pagerPriorityNames(policy(), priority),
      keyOfTeam: (team) => policy().teams[team]?.pagerduty ?? null,
      eventsUrl,
      rest: apiToken === null ? null : { token: apiToken, from, apiUrl },
      publicUrl,
      clock,
      onCall: metrics.pagerCall,
    }),
  };
}
