import type { Alert } from "#domain/incident/alert.ts";
import type { FiringAlert, SourceAnswer } from "./source-answer.ts";

// Which of several monitoring systems may speak about an alert: only that which delivered it, or a peer of it. Another one
// does not list it either, and that means nothing.

/** What is known of a monitoring system that is asked, by its address. */
export type KnownSource = {
  readonly url: string;
  /** The same for all that are peers of each other. */
  readonly cluster: string;
  /** The external URLs of deliveries that it answers for. */
  readonly externalUrls: readonly string[];
};

/** The same, with its answer; null: it could not be asked. */
export type PolledSource = KnownSource & { readonly answer: SourceAnswer | null };

/** An address as it is compared: however it was written, and with or without a slash at its end. */
export function normalizeUrl(url: string): string {
  return (URL.canParse(url) ? new URL(url).href : url).replace(/\/+$/, "");
}

/** Whether a monitoring system answers for what is delivered with this external URL. */
export function answersFor({ externalUrls }: Pick<KnownSource, "externalUrls">, externalUrl: string): boolean {
  const wanted = normalizeUrl(externalUrl);
  return externalUrls.some((each) => normalizeUrl(each) === wanted);
}

/**
 * The monitoring systems with the cluster of each: those that name a common peer are one. One that is unreachable stays
 * where it was, and so do its peers: a system leaves a cluster only when another part of it answers as well.
 */
export function withClusters(sources: readonly PolledSource[]): readonly PolledSource[] {
  const names = new Map<string, string>();
  for (const { url, answer } of sources) {
    if (answer === null || names.has(url)) continue;
    const part = sources.filter((each) => each.url === url || sharesPeer(answer, each.answer));
    const taken = new Set(names.values());
    const kept = part.map(({ cluster }) => cluster).filter((name) => !taken.has(name));
    const name = kept.toSorted()[0] ?? part.map((each) => each.url).toSorted()[0]!;
    for (const each of part) names.set(each.url, name);
  }
  return sources.map((each) => ({ ...each, cluster: names.get(each.url) ?? each.cluster }));
}

function sharesPeer(one: SourceAnswer, other: SourceAnswer | null): boolean {
  return one.peers?.some((peer) => other?.peers?.includes(peer)) === true;
}

/**
 * Who answers for an external URL that no one is known to answer for: those that list an alert which was delivered from
 * there alone, with its very start. The labels, and so the fingerprint, may be the same in several clusters; the instant at
 * which it began to fire is not. Nothing is learned from an alert that two clusters list so.
 */
export function learnExternalUrl(
  sources: readonly PolledSource[],
  externalUrl: string,
  alerts: readonly Pick<Alert, "fingerprint" | "startsAt" | "reportedStartsAt" | "firstStartsAt">[],
): readonly PolledSource[] {
  for (const { fingerprint, startsAt, reportedStartsAt, firstStartsAt } of alerts) {
    // As it was reported: a start that cannot be true counts as its receipt here, and is listed there as it was.
    const starts = [reportedStartsAt ?? startsAt, firstStartsAt];
    const listing = sources.filter(({ answer }) => {
      const listed = answer?.firing.get(fingerprint)?.startsAt;
      return listed !== undefined && starts.includes(listed);
    });
    if (new Set(listing.map(({ cluster }) => cluster)).size !== 1) continue;
    return sources.map((each) =>
      listing.includes(each) ? { ...each, externalUrls: [...each.externalUrls, externalUrl] } : each,
    );
  }
  return sources;
}

/**
 * Gives the answer about an alert of those that may answer for it; null: not every system that delivered the alert can
 * be asked.
 */
export type AnswerLookup = (alert: Pick<Alert, "externalUrls">) => SourceAnswer | null;

/** The answer about each alert. Alerts of the same senders share one. */
export function createAnswerLookup(sources: readonly PolledSource[]): AnswerLookup {
  const known = new Map<string, SourceAnswer | null>();
  return ({ externalUrls }) => {
    const key = externalUrls.join("\n");
    const found = known.get(key);
    if (found !== undefined) return found;
    const answer = jointAnswer(sources, externalUrls);
    known.set(key, answer);
    return answer;
  };
}

function jointAnswer(sources: readonly PolledSource[], externalUrls: readonly string[]): SourceAnswer | null {
  const clusters = new Set<string>();
  for (const url of externalUrls) {
    const own = sources.filter((source) => answersFor(source, url));
    if (own.length === 0) return null;
    for (const { cluster } of own) clusters.add(cluster);
  }
  const answers = Array.from(clusters, (name) => clusterAnswer(sources.filter(({ cluster }) => cluster === name)));
  if (answers.length === 0 || answers.includes(null)) return null;
  const all = answers.filter((answer) => answer !== null);
  return { upSince: Math.max(...all.map(({ upSince }) => upSince)), firing: union(all) };
}

/**
 * Peers share their alerts: the peer that has been up for the longest decides what is absent, and each peer proves what
 * is there.
 */
function clusterAnswer(peers: readonly PolledSource[]): SourceAnswer | null {
  const answers = peers.map(({ answer }) => answer).filter((answer) => answer !== null);
  if (answers.length === 0) return null;
  return { upSince: Math.min(...answers.map(({ upSince }) => upSince)), firing: union(answers) };
}

/** What any of them lists: suppressed when it is for all, and since the earliest start. */
function union(answers: readonly SourceAnswer[]): ReadonlyMap<string, FiringAlert> {
  if (answers.length === 1) return answers[0]!.firing;
  const firing = new Map<string, FiringAlert>();
  for (const answer of answers)
    for (const [fingerprint, each] of answer.firing) {
      const before = firing.get(fingerprint);
      firing.set(
        fingerprint,
        before === undefined
          ? each
          : {
              startsAt: Math.min(before.startsAt, each.startsAt),
              suppressed: before.suppressed && each.suppressed,
            },
      );
    }
  return firing;
}
