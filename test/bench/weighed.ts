import { readConfig } from "#config/app-config.ts";
import { serveUntilSignal } from "#cli/start-command.ts";

// Muster as it is, which at SIGUSR2 collects its garbage and prints what it weighs. Needs --expose-gc.

process.on("SIGUSR2", () => {
  const { gc } = globalThis as { gc?: () => void };
  for (let i = 0; i < 3; i++) gc!();
  const { rss, heapUsed } = process.memoryUsage();
  process.stdout.write(`weighs ${rss} ${heapUsed}\n`);
});
// One process: what is weighed is all of it.
process.exitCode = await serveUntilSignal(readConfig(process.env), "all", { sweepEvery: 1_000 });
