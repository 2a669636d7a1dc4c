import { firingAlertsFrom, firingExternalUrls, loadAlertSources, saveAlertSources } from "#db/watch/alert-sources.ts";
import {
  answersFor,
  createAnswerLookup,
  learnExternalUrl,
  withClusters,
  type AnswerLookup,
  type PolledSource,
} from "#domain/alerting/alert-attribution.ts";
import type { AlertSource } from "#ports/alert-source.ts";
import type { Engine } from "#engine/base/engine.ts";

/** `ask` asks at its first call, and answers the same from then on; `failure`: why one could not be asked, else null. */
export type SourcePoll = { readonly ask: () => Promise<AnswerLookup>; readonly failure: () => unknown };

/**
 * All monitoring systems of one source, asked at most once, and together. Which system answers for which sender is
 * stored as it is learned. A system that cannot be asked proves nothing about the alerts that it delivered, and keeps
 * no other from being asked.
 */
export function createSourcePoll(engine: Pick<Engine, "connection">, sources: readonly AlertSource[]): SourcePoll {
  let asked: Promise<AnswerLookup> | undefined;
  let failure: unknown = null;
  const onFailure = (reason: unknown): void => void (failure ??= reason);
  return { ask: () => (asked ??= askSources(engine, sources, onFailure)), failure: () => failure };
}

async function askSources(
  engine: Pick<Engine, "connection">,
  of: readonly AlertSource[],
  onFailure: (reason: unknown) => void,
): Promise<AnswerLookup> {
  const { db } = engine.connection;
  const results = await Promise.allSettled(of.map((source) => source.active()));
  for (const result of results) if (result.status === "rejected") onFailure(result.reason);
  const stored = new Map((await loadAlertSources(db)).map((each) => [each.url, each]));
  const before = of.map(({ url, externalUrls }, i): PolledSource => {
    const result = results[i]!;
    return {
      url,
      cluster: stored.get(url)?.cluster ?? url,
      externalUrls: [url, ...externalUrls, ...(stored.get(url)?.externalUrls ?? [])],
      answer: result.status === "fulfilled" ? result.value : null,
    };
  });
  const now = await learn(engine, of, withClusters(before));
  const changed = now.filter(
    ({ cluster, externalUrls }, i) =>
      cluster !== before[i]!.cluster || externalUrls.length > before[i]!.externalUrls.length,
  );
  await saveAlertSources(db, changed);
  return createAnswerLookup(now);
}

async function learn(
  engine: Pick<Engine, "connection">,
  of: readonly AlertSource[],
  sources: readonly PolledSource[],
): Promise<readonly PolledSource[]> {
  let found = sources;
  for (const url of await unknownExternalUrls(engine, of))
    for await (const alerts of firingAlertsFrom(engine.connection.db, of[0]!.name, url)) {
      const learned = learnExternalUrl(found, url, alerts);
      if (learned === found) continue;
      found = learned;
      break;
    }
  return found;
}

/** External URLs that firing alerts were delivered from, and that none of the monitoring systems is known to answer for. */
export async function unknownExternalUrls(
  { connection: { db } }: Pick<Engine, "connection">,
  sources: readonly AlertSource[],
): Promise<readonly string[]> {
  const [first] = sources;
  if (first === undefined) return [];
  const stored = await loadAlertSources(db);
  const known = sources.map(({ url, externalUrls }) => ({
    externalUrls: [url, ...externalUrls, ...(stored.find((each) => each.url === url)?.externalUrls ?? [])],
  }));
  return (await firingExternalUrls(db, first.name)).flatMap(({ externalUrls: [url, ...more] }) =>
    url === undefined || more.length > 0 || known.some((each) => answersFor(each, url)) ? [] : [url],
  );
}
