import { readApiTokens, touchApiToken, type StoredToken } from "#db/access/api-tokens.ts";
import type { QueryExecutor } from "#db/client.ts";
import { TOKEN_PREFIX, tokenState, type ApiToken, type TokenFinding } from "#domain/response/api-token.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import { tokenDigest } from "./token-registry.ts";

/** The named tokens as the doors know them. */
export type TokenBook = {
  /** What a secret is good for. */
  find(secret: string): Promise<TokenFinding>;
  /** The tokens that are good now. @throws when the database cannot be asked */
  good(): Promise<readonly ApiToken[]>;
};

/** So old may be what is known of a token that opens, in ms: a token revoked elsewhere ends within this time. */
const FRESH_MS = 5_000;
/** The least time between two readings for tokens that are unknown here, in ms: strangers who try cause queries only this often. */
const UNKNOWN_AGAIN_MS = 250;

const realPause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type Snapshot = { readonly byDigest: ReadonlyMap<string, StoredToken>; readonly age: () => number };

/**
 * Reads all tokens at once and keeps them for seconds: the doors ask for each request. A token that is unknown here waits
 * for a reading that begins after it came, so a new one opens at once. With a database that does not answer, what was read
 * before goes on.
 */
export function createTokenBook(
  db: QueryExecutor,
  clock: () => Instant,
  stopwatch: () => () => number,
  onError: (error: unknown) => void,
  pause: (ms: number) => Promise<void> = realPause,
): TokenBook {
  let snapshot: Snapshot | null = null;
  let reading: Promise<Snapshot> | null = null;
  let next: Promise<Snapshot> | null = null;
  let sinceReading: (() => number) | null = null;
  const used = new Map<string, () => number>();

  const readNow = (): Promise<Snapshot> => {
    const age = (sinceReading = stopwatch());
    const mine = readApiTokens(db)
      .then((tokens) => (snapshot = snapshotOf(tokens, age)))
      .finally(() => {
        if (reading === mine) reading = null;
      });
    return (reading = mine);
  };
  /** A reading that has not begun yet. All who ask for it before it begins share it. */
  const readNext = (): Promise<Snapshot> => {
    const wait = sinceReading === null ? 0 : Math.max(0, UNKNOWN_AGAIN_MS - sinceReading());
    next ??= pause(wait).then(() => {
      next = null;
      return readNow();
    });
    return next;
  };
  const noteUse = ({ name, lastUsedAt }: ApiToken): void => {
    const last = used.get(name);
    if (last !== undefined ? last() < MINUTE_MS : lastUsedAt !== null && clock() - lastUsedAt < MINUTE_MS) return;
    used.set(name, stopwatch());
    touchApiToken(db, name, clock()).catch(onError);
  };

  return {
    async find(secret) {
      if (!secret.startsWith(TOKEN_PREFIX)) return { kind: "unknown" };
      const digest = tokenDigest(secret);
      let known: Snapshot | null = snapshot;
      const isKnown = known?.byDigest.has(digest) === true;
      if (!isKnown || known!.age() > FRESH_MS)
        try {
          known = await (isKnown ? (reading ?? readNow()) : readNext());
        } catch (error) {
          onError(error);
          if (!isKnown) return { kind: "unavailable", reason: "the tokens cannot be read now" };
        }
      const finding = judge(known!.byDigest.get(digest), digest, clock());
      if (finding.kind === "good") noteUse(finding.token);
      return finding;
    },
    good: async () =>
      [...new Set((await (reading ?? readNow())).byDigest.values())]
        .map(({ token }) => token)
        .filter((token) => tokenState(token, clock()) === "good"),
  };
}

function snapshotOf(tokens: readonly StoredToken[], age: () => number): Snapshot {
  const byDigest = new Map<string, StoredToken>();
  for (const stored of tokens) {
    byDigest.set(stored.digest, stored);
    if (stored.former !== null) byDigest.set(stored.former.digest, stored);
  }
  return { byDigest, age };
}

function judge(stored: StoredToken | undefined, digest: string, now: Instant): TokenFinding {
  if (stored === undefined) return { kind: "unknown" };
  const { token, former } = stored;
  const state = tokenState(token, now);
  if (state !== "good") return { kind: state, name: token.name };
  if (digest !== stored.digest && (former === null || former.until <= now))
    return { kind: "replaced", name: token.name };
  return { kind: "good", token };
}
