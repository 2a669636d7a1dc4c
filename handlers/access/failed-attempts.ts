import { MINUTE_MS } from "#domain/values/duration.ts";

/** Wrong credentials that an address may show in a minute before its tokens are not looked at. */
const FREE_ATTEMPTS = 20;
/** Addresses that are remembered; the one that failed longest ago is forgotten first. */
const MOST_ADDRESSES = 10_000;
/** Credentials that were good, remembered by digest: their holders are let in whatever others at their address do. */
const MOST_GOOD = 2_000;

/** Failed authentication of the last minute, as one line of the log has it. */
export type AttemptReport = { readonly times: number; readonly addresses: number; readonly address: string };

/** Counts wrong credentials by address, in bounded memory. */
export type FailedAttempts = {
  /** Seconds until a credential may be tried from an address again; null: now. One that was good before always may. */
  readonly waitSeconds: (address: string, digest: string) => number | null;
  readonly failed: (address: string) => void;
  readonly passed: (digest: string) => void;
};

type Failures = { since: number; times: number };

/**
 * @param monotonic ms that go on evenly
 * @param report called at the first failure, and then once a minute at most
 * @param free attempts that an address may make in a minute before it waits
 */
export function createFailedAttempts(
  monotonic: () => number,
  report: (attempts: AttemptReport) => void,
  free = FREE_ATTEMPTS,
): FailedAttempts {
  const failures = new Map<string, Failures>();
  const good = new Set<string>();
  const unreported = { times: 0, addresses: new Set<string>() };
  let reportedAt = -Infinity;

  const recent = (key: string): Failures | null => {
    const known = failures.get(key);
    return known === undefined || monotonic() - known.since >= MINUTE_MS ? null : known;
  };
  const note = (address: string): void => {
    unreported.times++;
    if (unreported.addresses.size < MOST_ADDRESSES) unreported.addresses.add(networkOf(address));
    if (monotonic() - reportedAt < MINUTE_MS) return;
    reportedAt = monotonic();
    report({ times: unreported.times, addresses: unreported.addresses.size, address });
    unreported.times = 0;
    unreported.addresses.clear();
  };

  return {
    waitSeconds(address, digest) {
      const known = recent(networkOf(address));
      if (known === null || known.times < free || good.has(digest)) return null;
      return Math.max(1, Math.ceil((known.since + MINUTE_MS - monotonic()) / 1_000));
    },
    failed(address) {
      const key = networkOf(address);
      const { since, times } = recent(key) ?? { since: monotonic(), times: 0 };
      // Taken out first: a map keeps the order in which keys came, and the first one is forgotten when it is full.
      failures.delete(key);
      failures.set(key, { since, times: times + 1 });
      forgetOldest(failures, MOST_ADDRESSES);
      note(address);
    },
    passed(digest) {
      good.delete(digest);
      good.add(digest);
      forgetOldest(good, MOST_GOOD);
    },
  };
}

function forgetOldest(
  kept: { readonly size: number; keys(): Iterator<string>; delete(key: string): boolean },
  most: number,
): void {
  if (kept.size <= most) return;
  const oldest = kept.keys().next();
  if (oldest.done !== true) kept.delete(oldest.value);
}

/** What counts as one address: of IPv6 the network of 64 bits, which one customer has whole. */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [front = ""] = address.split("%");
  const [head = "", tail = ""] = front.split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const rest = tail.split(":").filter((group) => group !== "");
  const filled = front.includes("::")
    ? [...groups, ...Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill("0"), ...rest]
    : groups;
  return `${filled
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}
