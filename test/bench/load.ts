import autocannon from "autocannon";

export type Load = { readonly perSecond: number; readonly p50: number; readonly p95: number; readonly p99: number; readonly failed: number };

/** Posts bodies in turn for some seconds: as fast as answers come, or at a fixed rate. */
export async function load(
  url: string,
  bodies: readonly string[],
  options: { readonly seconds: number; readonly connections: number; readonly rate?: number },
): Promise<Load> {
  const result = await autocannon({
    url: `${url}/webhooks/alertmanager`,
    method: "POST",
    headers: { "content-type": "application/json" },
    connections: options.connections,
    duration: options.seconds,
    ...(options.rate === undefined ? {} : { overallRate: options.rate }),
    ...(bodies.length === 1 ? { body: bodies[0]! } : { requests: bodies.map((body) => ({ body })) }),
  });
  // autocannon has no p95; between p90 and p97.5 the larger is the honest one.
  return {
    perSecond: result.requests.average,
    p50: result.latency.p50,
    p95: result.latency.p97_5,
    p99: result.latency.p99,
    failed: result.errors + result.timeouts + result.non2xx,
  };
}
