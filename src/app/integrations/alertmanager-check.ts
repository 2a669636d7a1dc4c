import type { AppConfig } from "#config/app-config.ts";
import { openDatabase } from "#db/client.ts";
import { firingExternalUrls, loadAlertSources } from "#db/watch/alert-sources.ts";
import { answersFor, withClusters, type PolledSource } from "#domain/alerting/alert-attribution.ts";
import { SOURCE_WARM_UP_MS } from "#domain/alerting/source-answer.ts";
import { formatIso } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { createAlertSource } from "#integrations/alertmanager/alertmanager-source.ts";
import type { DoctorFinding } from "./integration.ts";

type ClusterMember = PolledSource & { readonly answer: NonNullable<PolledSource["answer"]> };

/** Asks each Alertmanager, and compares what they list with each other, and their addresses with those that deliver. */
export async function checkAlertmanagers(config: AppConfig, clock: () => Instant): Promise<readonly DoctorFinding[]> {
  const { alertmanagers } = config;
  if (alertmanagers.length === 0)
    return [finding(true, "not set up: an alert that ends under a silence stays open. Set ALERTMANAGER_URL.")];
  const findings: DoctorFinding[] = [];
  const polled: PolledSource[] = [];
  for (const { url, externalUrls } of alertmanagers) {
    const known = { url, cluster: url, externalUrls: [url, ...externalUrls] };
    try {
      const answer = await createAlertSource(url, externalUrls).active();
      polled.push({ ...known, answer });
      const peers = answer.peers === undefined ? "without peers" : `in a cluster of ${answer.peers.length}`;
      findings.push(
        finding(
          true,
          `${url} answers, ${peers}, up since ${formatIso(answer.upSince)}: ${counted(answer.firing.size)} firing`,
        ),
      );
    } catch (error) {
      polled.push({ ...known, answer: null });
      findings.push(
        finding(false, `${error instanceof Error ? error.message : String(error)}. Check ALERTMANAGER_URL.`),
      );
    }
  }
  return [...findings, ...comparePeers(withClusters(polled), clock()), ...(await compareDeliveries(config, polled))];
}

/** Peers that list other alerts than each other: Prometheus must send each alert to all of them. */
function comparePeers(polled: readonly PolledSource[], now: Instant): readonly DoctorFinding[] {
  const answered = polled.filter((each): each is ClusterMember => each.answer !== null);
  return answered.flatMap((member) => {
    const absent = new Set<string>();
    for (const { cluster, answer } of answered)
      if (cluster === member.cluster)
        for (const [fingerprint, { startsAt }] of answer.firing)
          if (now - startsAt > SOURCE_WARM_UP_MS && !member.answer.firing.has(fingerprint)) absent.add(fingerprint);
    return absent.size === 0
      ? []
      : [
          finding(
            false,
            `${member.url} does not list ${counted(absent.size)} of its peers. Prometheus must send each alert to every peer (alerting.alertmanagers), not through a balancer.`,
          ),
        ];
  });
}

/** External URLs of firing alerts that no Alertmanager answers for. The embedded database belongs to the process that runs. */
async function compareDeliveries(
  { databaseUrl }: AppConfig,
  polled: readonly PolledSource[],
): Promise<readonly DoctorFinding[]> {
  if (databaseUrl === null) return [];
  const connection = await openDatabase({ kind: "server", url: databaseUrl, connections: 1 }, () => {});
  try {
    const stored = new Map((await loadAlertSources(connection.db)).map((each) => [each.url, each.externalUrls]));
    const known = polled.map(({ url, externalUrls }) => ({
      externalUrls: [...externalUrls, ...(stored.get(url) ?? [])],
    }));
    const counts = new Map<string, number>();
    for (const { externalUrls, count } of await firingExternalUrls(connection.db, "alertmanager"))
      for (const url of externalUrls) counts.set(url, (counts.get(url) ?? 0) + count);
    return Array.from(counts, ([url, count]) =>
      known.some((each) => answersFor(each, url))
        ? finding(true, `${url} delivered ${counted(count)} that fire, and can be asked about them`)
        : finding(
            false,
            `${url} delivered ${counted(count)} that fire, and no Alertmanager in ALERTMANAGER_URL is known to answer for it: their end is known only when it is delivered. Add its address; ADDRESS=${url} when that differs.`,
          ),
    );
  } catch {
    // The database has a finding of its own.
    return [];
  } finally {
    await connection.close();
  }
}

function finding(ok: boolean, says: string): DoctorFinding {
  return { what: "alerts", ok, says };
}

function counted(count: number): string {
  return `${count} ${count === 1 ? "alert" : "alerts"}`;
}
