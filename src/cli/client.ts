import { readConfig } from "#config";

/**
 * Asks the running Muster. It must be asked and not the database, because the embedded database belongs to one process.
 * `--url` or MUSTER_URL says where it is; else it is where this environment would start it.
 */
export async function get(path: string, url: unknown, accept = "application/json"): Promise<Response> {
  const config = readConfig();
  const base = (
    typeof url === "string" ? url : process.env["MUSTER_URL"] || `http://${config.host === "0.0.0.0" ? "127.0.0.1" : config.host}:${config.port}`
  ).replace(/\/+$/, "");
  const token = config.apiTokens[0];
  let response: Response;
  try {
    response = await fetch(base + path, {
      headers: { accept, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.timeout(15_000),
    });
  } catch (cause) {
    throw new Error(`No Muster answers at ${base}. Start one with "muster start", or say where it is with --url.`, { cause });
  }
  if (response.ok) return response;
  const body = await response.text();
  throw new Error(`${base} answered ${response.status}: ${errorIn(body)}`);
}

export async function getJson<T>(path: string, url: unknown): Promise<T> {
  return (await (await get(path, url)).json()) as T;
}

function errorIn(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null && "error" in parsed) return String(parsed.error);
  } catch {
    // Not ours; say it as it is.
  }
  return body.slice(0, 300);
}
