import { readConfig } from "#config";

/**
 * Asks the running Muster. It must be asked and not the database, because the embedded database belongs to one process.
 * `--url` or MUSTER_URL says where it is; else it is where this environment would start it.
 */
export async function get(path: string, url: unknown, accept = "application/json"): Promise<Response> {
  const { base, response } = await ask(path, url, { headers: { accept } });
  if (response.ok) return response;
  throw new Error(`${base} answered ${response.status}: ${errorIn(await response.text())}`);
}

/** Posts JSON; answers also what the other side refuses. */
export async function post(path: string, body: object, url: unknown): Promise<{ readonly status: number; readonly text: string }> {
  const { response } = await ask(path, url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const answer = (await response.json()) as { text?: string; error?: string };
  return { status: response.status, text: answer.text ?? answer.error ?? "" };
}

/** Puts JSON; answers also what the other side refuses. */
export async function put<T>(path: string, body: object, url: unknown): Promise<{ readonly status: number; readonly answer: T }> {
  const { response } = await ask(path, url, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  return { status: response.status, answer: (await response.json()) as T };
}

async function ask(
  path: string,
  url: unknown,
  init: { readonly method?: string; readonly headers: Readonly<Record<string, string>>; readonly body?: string },
): Promise<{ readonly base: string; readonly response: Response }> {
  const config = readConfig();
  const base = (
    typeof url === "string" ? url : process.env["MUSTER_URL"] || `http://${config.host === "0.0.0.0" ? "127.0.0.1" : config.host}:${config.port}`
  ).replace(/\/+$/, "");
  const token = config.apiTokens[0];
  let response: Response;
  try {
    response = await fetch(base + path, {
      ...init,
      headers: { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.timeout(15_000),
    });
  } catch (cause) {
    throw new Error(`No Muster answers at ${base}. Start one with "muster start", or say where it is with --url.`, { cause });
  }
  return { base, response };
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
