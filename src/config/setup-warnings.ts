import { distance } from "fastest-levenshtein";
import { automationVariables } from "#domain/policy/automation-policy.ts";
import { hasNoOnCall } from "#domain/oncall/coverage.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { EnvironmentValues } from "./environment.ts";
import { guessableSettings, isExposed, SHORTEST_TOKEN } from "./exposure.ts";
import type { ConfiguredTracker } from "#ports/tracker.ts";
import { inWords, resolveTicketPlace } from "./ticket-place.ts";

/** What is not set up besides chat and pager, and the setting that sets it up. */
export function setupWarnings(
  value: EnvironmentValues,
  policy: Policy,
  trackers: readonly ConfiguredTracker[],
): string[] {
  const missing: string[] = [];
  if (value.DATABASE_URL === undefined)
    missing.push(
      `Embedded database in ${value.MUSTER_DATA_DIR}: for a first look, on this machine. Set DATABASE_URL to use your own PostgreSQL.`,
    );
  if (value.PAGERDUTY_ROUTING_KEY === undefined && hasNoOnCall(policy))
    missing.push(
      "Nobody is on call, so nobody is paged. Give a team in the policy a schedule or oncall people (docs/policy.md).",
    );
  if (trackers.every(({ access }) => access === null))
    missing.push(
      `Tickets are a dry run in this log. Set ${trackers
        .map(({ tracker: { settings, placeSetting, title } }) => `${inWords([...settings, placeSetting])} for ${title}`)
        .join(", or ")}.`,
    );
  else
    for (const team of Object.keys(policy.teams)) {
      const place = resolveTicketPlace(team, policy, trackers);
      if (place.target === null) missing.push(`The tickets of the team ${team} have no place: ${place.missing}.`);
    }
  if (value.PROMETHEUS_URL === undefined)
    missing.push("Runbooks cannot ask for metrics, so none can be verified. Set PROMETHEUS_URL.");
  if (value.MUSTER_AUTOMATION === "off")
    missing.push(
      "Automation is off: MUSTER_AUTOMATION=off. No step of any runbook starts. Take the setting away and start again to end that.",
    );
  else if (!policy.automation.enabled)
    missing.push("Automation is off: automation.enabled is false in the policy. Runbooks are shown and none runs.");
  if (value.KUBECONFIG === undefined)
    missing.push(
      "Runbooks see no cluster. Set KUBECONFIG to a kubeconfig, or to in-cluster when Muster runs in it (deploy/kubernetes-rbac.yaml).",
    );
  missing.push(...accessNotes(value));
  if (value.OIDC_ISSUER !== undefined && value.MUSTER_SESSION_KEY === undefined)
    missing.push(
      `${value.OIDC_TITLE} is not asked again about people who are signed in, so they are signed out after 12 hours. Set MUSTER_SESSION_KEY (openssl rand -base64 32) to have it asked every 15 minutes instead.`,
    );
  return missing;
}

/** To whom doors are open without a setting that names them. */
function accessNotes(value: EnvironmentValues): readonly string[] {
  const exposed = isExposed(value);
  const notes: string[] = [];
  if (value.MUSTER_WEBHOOK_TOKENS.length === 0)
    notes.push(
      exposed
        ? "Webhooks take named tokens only. Set MUSTER_WEBHOOK_TOKENS, or make a token for each sender: muster token create NAME --scope ingest:alertmanager."
        : "Webhooks are taken from this machine only. Set MUSTER_WEBHOOK_TOKENS to let Alertmanager in from elsewhere.",
    );
  if (value.MUSTER_API_TOKENS.length === 0)
    notes.push(
      exposed
        ? "The API and the dashboard take named tokens and people who sign in. Set MUSTER_API_TOKENS, or make a token: muster token create NAME --scope respond."
        : "The API and the dashboard answer this machine only. Set MUSTER_API_TOKENS to open them to others.",
    );
  if (exposed && value.MUSTER_METRICS_TOKENS.length === 0 && value.MUSTER_METRICS_PORT === undefined)
    notes.push(
      "/metrics and the details of /health are open to everyone who reaches Muster. Set MUSTER_METRICS_TOKENS or MUSTER_METRICS_PORT.",
    );
  return notes;
}

/** Read by the command line only. */
const OTHER_SETTINGS = ["MUSTER_URL"];

/** What is set and looks like a slip: names nearly ours, tokens that are too short. `ours`: the names of the settings. */
export function suspiciousSettings(
  env: Readonly<Record<string, string | undefined>>,
  value: EnvironmentValues,
  policy: Policy,
  ownNames: readonly string[],
): string[] {
  const settings = ownNames.flatMap((name) => [name, `${name}_FILE`]);
  const known = [...settings, ...OTHER_SETTINGS, ...automationVariables(policy.automation).map(({ name }) => name)];
  const typos = Object.entries(env).flatMap(([name, text]) => {
    if (text === undefined || text === "" || known.includes(name)) return [];
    const meant = settings.find(
      (each) => each.length >= 8 && each.includes("_") && distance(each, name) <= (each.length >= 12 ? 2 : 1),
    );
    return meant === undefined ? [] : [`${name} is no setting of Muster's: did you mean ${meant}?`];
  });
  return [
    ...typos,
    ...guessableSettings(value).map(
      (name) =>
        `${name}: a token with fewer than ${SHORTEST_TOKEN} characters can be guessed; make one with "openssl rand -hex 32".`,
    ),
  ];
}
