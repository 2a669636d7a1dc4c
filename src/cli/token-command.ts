import { userInfo } from "node:os";
import { systemClock } from "#app/clock.ts";
import type { CommandTerminal, EnvironmentVariables } from "#app/terminal.ts";
import {
  DEFAULT_GRACE_MS,
  LONGEST_GRACE_MS,
  LONGEST_LIFE_MS,
  tokenState,
  type ApiToken,
  type IssuedToken,
  type TokenRefusal,
  type TokenRegistry,
} from "#domain/response/api-token.ts";
import { readScopes } from "#domain/values/access/token-scope.ts";
import { DAY_MS, parseDuration } from "#domain/values/duration.ts";
import { formatIso, formatUtcDay } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { UsageError, type CommandArgs } from "./cli-command.ts";
import { MusterClient } from "./client.ts";

type Values = CommandArgs["values"];

export async function tokenCommand({ values, positionals }: CommandArgs, terminal: CommandTerminal): Promise<number> {
  const [verb, ...names] = positionals;
  switch (verb) {
    case "list":
      if (names.length > 0) throw new UsageError("list takes no names");
      return withTokens(values, terminal, async (tokens) => printTokens(await tokens.list(), values, terminal));
    case "create": {
      const order = orderOf(nameIn(verb, names), values);
      return withTokens(values, terminal, async (tokens) => printIssued(await tokens.create(order), values, terminal));
    }
    case "rotate": {
      const name = nameIn(verb, names);
      const graceMs = graceOf(values);
      return withTokens(values, terminal, async (tokens) =>
        printIssued(await tokens.rotate(name, graceMs), values, terminal),
      );
    }
    case "revoke": {
      const name = nameIn(verb, names);
      return withTokens(values, terminal, async (tokens) => {
        const revoked = await tokens.revoke(name);
        if ("refused" in revoked) return terminal.reportFailure(revoked.refused, 1);
        terminal.printLine(`${revoked.name} is revoked: within seconds it opens nothing.`);
        return 0;
      });
    }
    case undefined:
      throw new UsageError("create, list, revoke or rotate?");
    default:
      throw new UsageError(`there is no "token ${verb}"; there are create, list, revoke and rotate`);
  }
}

/** The tokens of the database of this environment; with --url those of a running Muster, for admins. */
async function withTokens(
  { url }: Values,
  terminal: CommandTerminal,
  work: (tokens: TokenRegistry) => Promise<number>,
): Promise<number> {
  if (url !== undefined) return work(remoteTokens(url, terminal.env));
  // Loaded where a database is asked: it takes its time.
  const { withTokenDatabase } = await import("#app/access/token-database.ts");
  const name = userInfo().username;
  return withTokenDatabase(terminal.env, systemClock, { id: `cli:${name}`, name }, work);
}

function nameIn(verb: string, [name, ...more]: readonly string[]): string {
  if (name === undefined || more.length > 0)
    throw new UsageError(`${verb} which one? for example: muster token ${verb} ci-bot`);
  return name;
}

function orderOf(name: string, { scope, expires }: Values): Parameters<TokenRegistry["create"]>[0] {
  const given = Array.isArray(scope) ? (scope as readonly string[]) : [];
  const read = readScopes(given.flatMap((each) => each.split(",")));
  if ("problem" in read) throw new UsageError(`--scope: ${read.problem}`);
  const expiresAt = expires === undefined ? null : systemClock() + durationOf("--expires", expires, LONGEST_LIFE_MS);
  return { name, scopes: read.scopes, createdBy: userInfo().username, expiresAt };
}

function graceOf({ grace }: Values): number {
  return grace === undefined ? DEFAULT_GRACE_MS : durationOf("--grace", grace, LONGEST_GRACE_MS);
}

function durationOf(option: string, value: unknown, longest: number): number {
  const ms = parseDuration(String(value));
  if (ms === null) throw new UsageError(`${option}: "${String(value)}" is no time; write it like 90d or 12h`);
  if (ms > longest) throw new UsageError(`${option}: at most ${longest / DAY_MS}d`);
  return ms;
}

function printIssued(issued: IssuedToken | TokenRefusal, { json }: Values, terminal: CommandTerminal): number {
  if ("refused" in issued) return terminal.reportFailure(issued.refused, 1);
  const { token, secret } = issued;
  if (json === true)
    terminal.printJson({ name: token.name, scopes: token.scopes, expiresAt: isoOf(token.expiresAt), secret });
  else {
    const until = token.expiresAt === null ? "does not expire" : `expires on ${formatUtcDay(token.expiresAt)}`;
    terminal.printLine(`${token.name} (${token.scopes.join(", ")}; ${until})\n\n${secret}\n`);
    terminal.printLine("Keep it now: it is stored as a digest and cannot be shown again.");
  }
  return 0;
}

function printTokens(tokens: readonly ApiToken[], { json }: Values, terminal: CommandTerminal): number {
  const now = systemClock();
  if (json === true)
    terminal.printJson(
      tokens.map((token) => ({
        ...token,
        state: tokenState(token, now),
        createdAt: formatIso(token.createdAt),
        expiresAt: isoOf(token.expiresAt),
        lastUsedAt: isoOf(token.lastUsedAt),
        rotatedAt: isoOf(token.rotatedAt),
        revokedAt: isoOf(token.revokedAt),
      })),
    );
  else if (tokens.length === 0) terminal.printLine("There are no named tokens. `muster token create` makes one.");
  else
    terminal.printTable(
      ["NAME", "STATE", "EXPIRES", "LAST USED (UTC)", "CREATED BY", "SCOPES"],
      tokens.map((token) => [
        token.name,
        tokenState(token, now),
        token.expiresAt === null ? "never" : formatUtcDay(token.expiresAt),
        isoOf(token.lastUsedAt)?.slice(0, 16).replace("T", " ") ?? "not yet",
        token.createdBy,
        token.scopes.join(","),
      ]),
    );
  return 0;
}

function isoOf(at: Instant | null): string | null {
  return at === null ? null : formatIso(at);
}

/** A token as `/api/tokens` shows it: instants are texts. */
type ShownToken = Pick<ApiToken, "name" | "scopes" | "createdBy"> & {
  readonly createdAt: string;
} & Readonly<Record<"expiresAt" | "lastUsedAt" | "rotatedAt" | "revokedAt", string | null>>;

type Answer = ShownToken & { readonly secret: string; readonly error?: string };

/** The tokens of a running Muster, by its API. */
function remoteTokens(url: unknown, env: EnvironmentVariables): TokenRegistry {
  const client = new MusterClient(url, env);
  const post = async (
    path: string,
    body: object,
  ): Promise<{ readonly refused: string } | { readonly answer: Answer }> => {
    const { status, answer } = await client.postJson<Answer>(`/api/tokens${path}`, body);
    return status < 300 ? { answer } : { refused: answer.error ?? `Muster answered ${status}` };
  };
  return {
    async list() {
      const { tokens } = await client.getJson<{ readonly tokens: readonly ShownToken[] }>("/api/tokens");
      return tokens.map(tokenOf);
    },
    async create({ name, scopes, expiresAt }) {
      const expiresInDays = expiresAt === null ? null : (expiresAt - systemClock()) / DAY_MS;
      const created = await post("", { name, scopes, expiresInDays });
      return "refused" in created ? created : { token: tokenOf(created.answer), secret: created.answer.secret };
    },
    async revoke(name) {
      const revoked = await post(`/${encodeURIComponent(name)}/revoke`, {});
      return "refused" in revoked ? revoked : tokenOf(revoked.answer);
    },
    async rotate(name, graceMs) {
      const rotated = await post(`/${encodeURIComponent(name)}/rotate`, { graceDays: graceMs / DAY_MS });
      return "refused" in rotated ? rotated : { token: tokenOf(rotated.answer), secret: rotated.answer.secret };
    },
  };
}

function tokenOf({
  name,
  scopes,
  createdBy,
  createdAt,
  expiresAt,
  lastUsedAt,
  rotatedAt,
  revokedAt,
}: ShownToken): ApiToken {
  const instant = (text: string | null): number | null => (text === null ? null : Date.parse(text));
  return {
    name,
    scopes,
    createdBy,
    createdAt: Date.parse(createdAt),
    expiresAt: instant(expiresAt),
    lastUsedAt: instant(lastUsedAt),
    rotatedAt: instant(rotatedAt),
    revokedAt: instant(revokedAt),
  };
}
