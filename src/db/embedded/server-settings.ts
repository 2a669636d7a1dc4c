/**
 * What the server runs with. Memory before speed where nothing is lost by it: the first look must fit beside everything
 * else on a laptop, and `DATABASE_URL` is there for more. What was acknowledged stays on disk: fsync,
 * synchronous_commit and full_page_writes keep their defaults, which are on.
 */
const SETTINGS = {
  shared_buffers: "24MB",
  wal_level: "minimal",
  max_wal_senders: 0,
  min_wal_size: "32MB",
  max_wal_size: "256MB",
  // Helpers that each cost a process.
  io_method: "sync",
  max_worker_processes: 0,
  max_parallel_workers: 0,
  max_parallel_workers_per_gather: 0,
  max_logical_replication_workers: 0,
  autovacuum_max_workers: 1,
  jit: "off",
  max_connections: 100,
  maintenance_work_mem: "32MB",
  // Failed statements are Muster's to log; starts, crashes and recovery are the server's.
  log_min_messages: "log",
  log_min_error_statement: "panic",
  log_checkpoints: "off",
} as const;

/** For data that may be lost with the machine: tests, and runbooks that are tried. */
const FORGETFUL = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" } as const;

/** Where the server listens. The socket lies among its files, where only its user and root may enter. */
export type ServerAddress = { readonly kind: "socket" } | { readonly kind: "loopback"; readonly port: number };

/** The arguments of `postgres`, whose files are where it starts. */
export function serverArguments(files: string, address: ServerAddress, forgetful: boolean): readonly string[] {
  const listening =
    address.kind === "socket"
      ? { listen_addresses: "", unix_socket_directories: ".", unix_socket_permissions: "0700", port: 5_432 }
      : { listen_addresses: "127.0.0.1", port: address.port };
  const all = { ...SETTINGS, ...listening, ...(forgetful ? FORGETFUL : {}) };
  return ["-D", files, ...Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
}

/** The one user of the database, and its database. */
export const SERVER_OWNER = "muster";
const DATABASE = "postgres";

/** The arguments of `initdb`. Text is compared and folded by PostgreSQL's own rules, which no update of the system changes. */
export function initArguments(files: string, passwordFile: string | null, forgetful: boolean): readonly string[] {
  const access =
    passwordFile === null
      ? ["--auth-local=trust", "--auth-host=reject"]
      : ["--auth=scram-sha-256", `--pwfile=${passwordFile}`];
  const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  const rest = ["--no-instructions", ...(forgetful ? ["--no-sync"] : [])];
  return ["-D", files, "-U", SERVER_OWNER, ...access, ...locale, ...rest];
}

/** Where clients find the server. `folder`: of its socket, as they can name it. */
export function serverUrl(address: ServerAddress, folder: string, password: string | null): string {
  return address.kind === "socket"
    ? `postgres://${SERVER_OWNER}@localhost/${DATABASE}?host=${encodeURIComponent(folder)}`
    : `postgres://${SERVER_OWNER}:${password ?? ""}@127.0.0.1:${address.port}/${DATABASE}`;
}

/**
 * The environment of the server's programs. Not Muster's own: it holds tokens, which the user of the server need not see,
 * and settings that would change how PostgreSQL works or speaks. Windows starts nothing without its own (undefined).
 */
export function serverEnvironment(): NodeJS.ProcessEnv | undefined {
  if (process.platform === "win32") return undefined;
  return { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", TZ: "UTC" };
}
