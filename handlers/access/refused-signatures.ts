import type { AuditLog } from "#ports/audit-log.ts";
import { createFailedAttempts, networkOf, type AttemptReport } from "./failed-attempts.ts";
import { clientAddress, type GuardedRequest, type TrustedProxies } from "./local-request.ts";

/** What a door of signatures reports of a request that it refuses. `setting`: what its signature was held against. */
export type SignatureReport = (request: GuardedRequest, setting: string, reason: string) => void;

/** Where reports of wrong signatures go. */
export type SignatureReports = {
  readonly audit: Pick<AuditLog, "recordOnce">;
  readonly proxies: TrustedProxies;
  /** ms that go on evenly. */
  readonly monotonic: () => number;
  readonly log: (attempts: AttemptReport) => void;
  readonly count: (door: string) => void;
};

/**
 * Wrong signatures are reported as wrong tokens are: each is counted, once a minute a line of the log has how many came and
 * from where, and the audit log has the first of a minute from each network.
 * @param way the way in that the door is
 */
export function reportSignatures(
  way: string,
  { audit, proxies, monotonic, log, count }: SignatureReports,
): SignatureReport {
  const attempts = createFailedAttempts(monotonic, log);
  return (request, setting, reason) => {
    const address = clientAddress(request, proxies);
    count(way);
    attempts.failed(address);
    audit.recordOnce(
      `signature.refused ${way} ${networkOf(address)}`,
      { kind: "token", what: "signature.refused", subject: setting, result: "refused", person: null, text: reason },
      { way, address },
    );
  };
}
