import { pagerPriorityNames } from "#domain/policy/pager-priority.ts";
import type { Integration, IntegrationOffer, IntegrationSetup } from "./integration.ts";

export const pagerDutyIntegration: Integration = {
  name: "pagerduty",
  title: "PagerDuty",
  async connect(setup) {
    const { pagerDutyWebhook } = await import("#handlers/webhooks/pagerduty-webhook.ts");
    return {
      ...(await pagerOf(setup)),
      mountDoors({ app, door, pager, warn, badSignature }) {
        const { submit, read, policy, clock } = door;
        const secrets = setup.config.pagerduty?.webhookSecrets ?? [];
        app.use(pagerDutyWebhook({ secrets, submit, read, policy, clock, pager, warn, badSignature }));
        return {};
      },
    };
  },
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
  check: async (config) => (await import("./pagerduty-check.ts")).checkPagerDuty(config),
  checkedAtStart: true,
};

async function pagerOf({
  config: { pagerduty, publicUrl },
  policy,
  clock,
  metrics,
  allowances,
}: IntegrationSetup): Promise<Pick<IntegrationOffer, "paging">> {
  if (pagerduty === null) return {};
  const { createPagerDuty } = await import("#integrations/pagerduty/pagerduty-paging.ts");
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
      allowances,
      onCall: metrics.pagerCall,
    }),
  };
}
