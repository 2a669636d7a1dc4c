import { BadConfig, type AppConfig } from "#config/app-config.ts";
import type { TokenRegistry } from "#domain/response/api-token.ts";
import { scopeRole, type TokenScope } from "#domain/values/access/token-scope.ts";
import type { Engine } from "#engine/base/engine.ts";
import { createFailedAttempts } from "#handlers/access/failed-attempts.ts";
import { trustedProxies, type TrustedProxies } from "#handlers/access/local-request.ts";
import { createTokenGuard, type GuardSetup, type RequestGuard } from "#handlers/access/token-guard.ts";
import { createTokenBook } from "./token-book.ts";
import { createTokenRegistry, type TokenAuthor } from "./token-registry.ts";

/** What stands before the doors of a process. */
export type DoorGuards = {
  readonly webhook: RequestGuard;
  readonly api: RequestGuard;
  /** null: metrics and the details of health are open. */
  readonly metrics: RequestGuard | null;
  readonly proxies: TrustedProxies;
  /** The named tokens, for someone who works on them. */
  readonly registryFor: (author: TokenAuthor) => TokenRegistry;
  /** Rejects with BadConfig where others reach Muster and no token opens a door. */
  readonly ensureTokens: () => Promise<void>;
};

/** How time is measured: ms that go on evenly, and from a start to now. */
type GuardTimes = { readonly monotonic: () => number; readonly stopwatch: () => () => number };

/** The guards of all doors, by the settings and the named tokens. */
export function createDoorGuards(
  config: AppConfig,
  { connection, clock, log }: Pick<Engine, "connection" | "clock" | "log">,
  { monotonic, stopwatch }: GuardTimes,
): DoorGuards {
  const proxies = trustedProxies(config.trustedProxies);
  const book = createTokenBook(connection.db, clock, stopwatch, (err) =>
    log.error({ err }, "the tokens cannot be read"),
  );
  const attempts = createFailedAttempts(monotonic, ({ times, addresses, address }) =>
    log.warn({ times, addresses, address }, "authentication failed: a wrong, expired or revoked token"),
  );
  const setup: GuardSetup = { exposed: config.exposed, proxies, attempts, find: (secret) => book.find(secret) };
  const { tokens } = config.metrics;
  return {
    webhook: createTokenGuard(
      { name: "MUSTER_WEBHOOK_TOKENS", tokens: config.webhookTokens, scopes: ["ingest:*"], limited: false },
      setup,
    ),
    api: createTokenGuard(
      { name: "MUSTER_API_TOKENS", tokens: config.apiTokens, scopes: ["respond", "impersonate"], limited: true },
      setup,
    ),
    metrics:
      tokens.length === 0
        ? null
        : createTokenGuard({ name: "MUSTER_METRICS_TOKENS", tokens, scopes: ["read"], limited: true }, setup),
    proxies,
    registryFor: (author) => createTokenRegistry(connection.db, clock, author),
    async ensureTokens() {
      if (!config.exposed || (config.apiTokens.length > 0 && config.webhookTokens.length > 0)) return;
      let scopes: readonly (readonly TokenScope[])[];
      try {
        scopes = (await book.good()).map((token) => token.scopes);
      } catch (err) {
        // The guards let no one in without a token, so nothing is open meanwhile.
        return log.warn(
          { err },
          "could not look for named tokens: the start goes on, and doors without tokens stay closed",
        );
      }
      const problems = [
        ...(config.apiTokens.length > 0 || scopes.some((each) => scopeRole(each) !== null)
          ? []
          : [unlocked("MUSTER_API_TOKENS", "the API and the dashboard", "respond", config)]),
        ...(config.webhookTokens.length > 0 || scopes.flat().some((scope) => scope.startsWith("ingest:"))
          ? []
          : [unlocked("MUSTER_WEBHOOK_TOKENS", "the webhooks", "ingest:alertmanager", config)]),
      ];
      if (problems.length > 0) throw new BadConfig(problems);
    },
  };
}

function unlocked(setting: string, door: string, scope: string, { publicUrl }: AppConfig): string {
  return `${setting}: is not set. Requests that come by PUBLIC_URL (${publicUrl}) may look as if a program on this machine sent them, so Muster does not start. Set it or ${setting}_FILE to a token (openssl rand -hex 32), make a named one (muster token create NAME --scope ${scope}), or write ${setting}=none to open ${door} to no token of a setting`;
}
