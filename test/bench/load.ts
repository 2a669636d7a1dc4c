import autocannon from "autocannon";

/**
 * Times in ms, of answers as they came. `corrected` is autocannon's p97.5 (it has no p95), which at a fixed rate also counts
 * the requests that could not be sent in time because an answer was awaited (coordinated omission).
 */
export type Load = {
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly corrected: number;
  readonly failed: number;
};

/** Posts bodies in turn for some seconds: as fast as answers come, or at a fixed rate. */
export async function load(
  url: string,
  bodies: readonly string[],
  options: { readonly seconds: number; readonly connections: number; readonly rate?: number },
): Promise<Load> {
  const times: number[] = [];
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const running = autocannon(
      {
        url: `${url}/webhooks/alertmanager`,
        method: "POST",
        headers: { "content-type": "application/json" },
        connections: options.connections,
        duration: options.seconds,
        ...(options.rate === undefined ? {} : { overallRate: options.rate }),
        ...(bodies.length === 1 ? { body: bodies[0]! } : { requests: bodies.map((body) => ({ body })) }),
      },
      (error: Error | null, done) => (error === null ? resolve(done) : reject(error)),
    );
    running.on("response", (_client, _status, _bytes, ms) => void times.push(ms));
  });
  times.sort((a, b) => a - b);
  const percentile = (share: number): number => Math.round(times[Math.ceil(times.length * share) - 1] ?? 0);
  return {
    perSecond: result.requests.average,
    p50: percentile(0.5),
    p95: percentile(0.95),
    p99: percentile(0.99),
    corrected: result.latency.p97_5,
    failed: result.errors + result.timeouts + result.non2xx,
  };
}
