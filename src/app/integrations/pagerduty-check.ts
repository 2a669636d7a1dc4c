import { checkRoutingKey } from "#integrations/pagerduty/check.ts";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import { createRestApi } from "#integrations/pagerduty/rest-api.ts";
import type { AppConfig } from "#config/app-config.ts";
import type { DoctorFinding } from "./integration.ts";

type PagerDuty = NonNullable<AppConfig["pagerduty"]>;
type Keys = ReadonlyMap<string, readonly string[]>;

/** Asks PagerDuty about every routing key, whose pages would fail without it, and about the API token. */
export async function checkPagerDuty({ pagerduty, policy }: AppConfig): Promise<readonly DoctorFinding[]> {
  if (pagerduty === null) return [{ what: "pagerduty", ok: true, says: "not set up: dry run" }];
  const teams = Object.entries(policy.teams).map(
    ([name, team]) => [`teams.${name}.pagerduty`, team.pagerduty ?? null] as const,
  );
  const keys = new Map<string, string[]>();
  for (const [name, key] of [["PAGERDUTY_ROUTING_KEY", pagerduty.routingKey] as const, ...teams])
    if (key !== null) keys.set(key, [...(keys.get(key) ?? []), name]);
  return [
    ...(await routingKeys(pagerduty, keys)),
    ...keyless(pagerduty, Object.keys(policy.teams), new Map(teams)),
    ...(await token(pagerduty)),
  ];
}

async function routingKeys({ eventsUrl }: PagerDuty, keys: Keys): Promise<readonly DoctorFinding[]> {
  return Promise.all(
    Array.from(keys, async ([key, names]): Promise<DoctorFinding> => {
      const name = names.join(", ");
      try {
        await checkRoutingKey(eventsUrl, key);
        return { what: "pagerduty", ok: true, says: `PagerDuty takes events with the routing key of ${name}` };
      } catch (error) {
        return { what: "pagerduty", ok: false, says: `${name}: ${words(error)}` };
      }
    }),
  );
}

function keyless(
  { routingKey }: PagerDuty,
  teams: readonly string[],
  keyOf: ReadonlyMap<string, string | null>,
): readonly DoctorFinding[] {
  const without = routingKey === null ? teams.filter((team) => keyOf.get(`teams.${team}.pagerduty`) === null) : [];
  if (without.length === 0) return [];
  const says = `no routing key for ${without.join(", ")}: their pages fail. Set PAGERDUTY_ROUTING_KEY, or a key for each team.`;
  return [{ what: "pagerduty", ok: false, says }];
}

async function token({ apiToken, from, apiUrl }: PagerDuty): Promise<readonly DoctorFinding[]> {
  if (apiToken === null) return [];
  try {
    return [
      {
        what: "pagerduty",
        ok: true,
        says: `PagerDuty knows the API token: ${await createRestApi({ token: apiToken, from, apiUrl, allowances: UNLIMITED_ALLOWANCES, urgency: 0 }).whoAmI()}`,
      },
    ];
  } catch (error) {
    return [
      {
        what: "pagerduty",
        ok: false,
        says: `${words(error)}. Check PAGERDUTY_API_TOKEN (Integrations → API Access Keys).`,
      },
    ];
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
