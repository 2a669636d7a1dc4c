import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { Load } from "../load.ts";
import type { DeliveryTemplate } from "./bodies.ts";

/** What the script prints when wrk is done. Latencies in µs. */
type WrkSummary = {
  readonly requests: number;
  readonly duration: number;
  readonly failed: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
};

/** Which load of this process it is: a part of each fingerprint, so that no load repeats one of another. */
let loads = 0;

/**
 * Posts fresh deliveries for so many seconds as fast as answers come, by wrk (Debian's package), which needs a fifth of
 * a core for it. A generator in Node needs most of one, and on two cores what it takes is missing to the server that
 * stores, not to one that does nothing.
 */
export async function saturate(
  url: string,
  template: DeliveryTemplate,
  { seconds, connections }: { readonly seconds: number; readonly connections: number },
): Promise<Load> {
  const folder = mkdtempSync(join(tmpdir(), "muster-bench-"));
  const script = join(folder, "deliveries.lua");
  writeFileSync(script, luaScript(template.pieces(new URL(url)), loads++));
  try {
    const { stdout } = await execa("wrk", [
      "-t1",
      `-c${connections}`,
      `-d${seconds}s`,
      "--timeout",
      "30s",
      "-s",
      script,
      url,
    ]);
    const last = stdout.trim().split("\n").at(-1)!;
    const { requests, duration, failed, p50, p95, p99 } = JSON.parse(last) as WrkSummary;
    const answered = requests - failed;
    const ms = (us: number): number => Math.round(us / 1_000);
    return { perSecond: answered / (duration / 1e6), p50: ms(p50), p95: ms(p95), p99: ms(p99), answered, failed };
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ENOENT") throw error;
    throw new Error("this part of the bench posts by wrk, which is not installed: apt-get install wrk", {
      cause: error,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Requests in turns, each as the pieces around its marks; two marks in a row stand for the same alert. */
function luaScript(requests: readonly (readonly string[])[], load: number): string {
  // Strings of JSON are strings of Lua, as far as ASCII goes.
  const tables = requests.map((pieces) => `{ ${pieces.map((piece) => JSON.stringify(piece)).join(", ")} }`);
  return `
local requests = { ${tables.join(",\n")} }
local load = "${(load + 1).toString(16).padStart(6, "f")}"
local fresh, turn = 0, 0
local parts = {}
request = function()
  turn = turn % #requests + 1
  local pieces = requests[turn]
  local digits
  for i = 1, #pieces do
    parts[2 * i - 1] = pieces[i]
    if i < #pieces then
      if i % 2 == 1 then
        fresh = fresh + 1
        digits = load .. string.format("%07x", fresh)
      end
      parts[2 * i] = digits
    end
  end
  return table.concat(parts, "", 1, 2 * #pieces - 1)
end
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"duration":%d,"failed":%d,"p50":%d,"p95":%d,"p99":%d}\\n',
    summary.requests, summary.duration, errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
`;
}
