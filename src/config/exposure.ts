import { isIP } from "node:net";

const TOKEN_SETTINGS = ["MUSTER_WEBHOOK_TOKENS", "MUSTER_API_TOKENS", "MUSTER_METRICS_TOKENS"] as const;

/** The settings that say who may reach Muster. */
type ExposureSettings = {
  readonly PUBLIC_URL?: string | undefined;
  readonly HOST: string;
} & Readonly<Record<(typeof TOKEN_SETTINGS)[number], readonly string[]>>;

/** Shorter ones can be guessed. */
export const SHORTEST_TOKEN = 16;

/** Written instead of tokens: named tokens alone open this door. */
const NO_TOKENS = "none";

/** The settings that have a token which can be guessed. */
export function guessableSettings(value: ExposureSettings): readonly string[] {
  return TOKEN_SETTINGS.filter((name) =>
    value[name].some((token) => token !== NO_TOKENS && token.length < SHORTEST_TOKEN),
  );
}

/** Whether people reach Muster from other machines: then being on this machine proves nothing. */
export function isExposed({ PUBLIC_URL }: Pick<ExposureSettings, "PUBLIC_URL">): boolean {
  return PUBLIC_URL !== undefined && !isLoopbackName(new URL(PUBLIC_URL).hostname);
}

/** Tokens that others could guess, where others can try. On this machine alone the start only warns. */
export function guessableTokens(value: ExposureSettings): readonly string[] {
  if (!isExposed(value) && isLoopbackName(value.HOST)) return [];
  return guessableSettings(value).map(
    (name) =>
      `${name}: a token with fewer than ${SHORTEST_TOKEN} characters can be guessed, and Muster is reached from other machines; make one with "openssl rand -hex 32"`,
  );
}

/** What stands for no network in a list of them. */
export function networkProblems(networks: readonly string[]): readonly string[] {
  return networks
    .filter((network) => !isNetwork(network))
    .map((network) => `MUSTER_TRUSTED_PROXIES: "${network}" is no address or network; write it like 10.0.0.0/8 or ::1`);
}

function isNetwork(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32));
}

function isLoopbackName(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return (
    bare === "localhost" ||
    bare.endsWith(".localhost") ||
    bare === "::1" ||
    (isIP(bare) === 4 && bare.startsWith("127."))
  );
}
