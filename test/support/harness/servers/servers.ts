import { alertmanagerProgram } from "./alertmanager.ts";
import { browserProgram } from "./browser.ts";
import { findProgram } from "./child-process.ts";
import { postgresBinaries } from "./postgres.ts";
import { prometheusProgram } from "./prometheus.ts";

export {
  type AlertmanagerServer,
  type AlertmanagerOptions,
  type FireOptions,
  type LabelSet,
  startAlertmanager,
} from "./alertmanager.ts";
export { type PostgresServer, startPostgres } from "./postgres.ts";
export { type RedisServer, startRedis } from "./redis.ts";
export { freePort, waitFor } from "#test/support/harness/wait-until.ts";

/** The servers that can be started. */
export type ServerName = "postgres" | "redis" | "alertmanager" | "prometheus" | "chromium";

const installed: Readonly<Record<ServerName, () => string | null>> = {
  postgres: postgresBinaries,
  redis: () => findProgram("redis-server"),
  alertmanager: alertmanagerProgram,
  prometheus: prometheusProgram,
  chromium: browserProgram,
};

/** Which of these servers (of all, without arguments) are not installed on this machine. */
export function missingServers(...wanted: readonly ServerName[]): ServerName[] {
  const names: readonly ServerName[] =
    wanted.length > 0 ? wanted : ["postgres", "redis", "alertmanager", "prometheus", "chromium"];
  return names.filter((name) => installed[name]() === null);
}
