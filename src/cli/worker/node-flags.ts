// Which flags of V8 a process gets (docs/decisions.md, "Flags of V8 by role"). They count from the command line only.

/** What the first line of src/cli.ts, package.json and the Dockerfile give: small, for everything but busy doors. */
const SHIPPED_FLAG = "--max-semi-space-size=8";
/** Doors that take a storm make much garbage that lives for one commit: a larger nursery collects it for nothing. */
const DOORS_FLAG = "--max-semi-space-size=32";
/** A batch of deliveries lives for longer than a small nursery; with more than this a worker comes near 300 MB in a storm. */
const WORKER_FLAG = "--max-semi-space-size=16";

/**
 * The arguments of Node for what is about to run, when they are others than those it was started with; null: they fit, or
 * the operator chose them.
 */
export function betterNodeFlags(
  execArgv: readonly string[],
  argv: readonly string[],
  databaseUrl: string | undefined,
): readonly string[] | null {
  if (argv[0] !== "start" || !execArgv.includes(SHIPPED_FLAG)) return null;
  const isWorker = argv.includes("worker") || argv.includes("--role=worker");
  // Without a server of its own the process holds the database too, and stays small.
  if (databaseUrl === undefined || databaseUrl === "") return null;
  return execArgv.map((flag) => (flag !== SHIPPED_FLAG ? flag : isWorker ? WORKER_FLAG : DOORS_FLAG));
}

/** Becomes the same program with the flags that fit: the process stays the same. Returns when they fit already. */
export function applyNodeFlags(argv: readonly string[], env: NodeJS.ProcessEnv): void {
  const flags = betterNodeFlags(process.execArgv, argv, env["DATABASE_URL"]);
  // A parent's line would be cut; and before Node 22.15 there is no such call.
  if (flags === null || process.connected || typeof process.execve !== "function") return;
  const settings = { ...env } as Record<string, string>;
  process.execve(process.execPath, [process.execPath, ...flags, process.argv[1]!, ...argv], settings);
}
