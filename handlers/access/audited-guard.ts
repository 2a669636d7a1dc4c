import type { AuditLog } from "#ports/audit-log.ts";
import { networkOf } from "./failed-attempts.ts";
import { clientAddress, type TrustedProxies } from "./local-request.ts";
import { callerPerson } from "./request-author.ts";
import { shownPerson } from "./request-client.ts";
import type { RequestGuard } from "./token-guard.ts";

/** What the audit log records of a guard: what its tokens are set by, the way in, and who may say whom they speak for. */
type AuditedDoor = {
  readonly setting: string;
  readonly way: string;
  readonly proxies: TrustedProxies;
  /** Counts a request that was refused, by its way in. */
  readonly failed: (way: string) => void;
};

/**
 * A guard whose answers stand in the audit log: who showed a token, the first time in a minute for each name and address,
 * and who was refused, the first time for each network, whatever names they gave. A browser without a token is only asked
 * to sign in.
 */
export function auditGuard(
  guard: RequestGuard,
  audit: AuditLog,
  { setting, way, proxies, failed }: AuditedDoor,
): RequestGuard {
  return async (request) => {
    const answer = await guard(request);
    if (way === "dashboard" && request.headers.authorization === undefined) return answer;
    const client = { way, address: clientAddress(request, proxies) };
    const person = answer.ok ? callerPerson(answer.caller, "api") : shownPerson(request);
    const what = `token.${answer.ok ? "used" : "refused"}`;
    // Strangers choose their names: a name each would be an entry each.
    const from = answer.ok ? `${client.address} ${person?.id ?? ""}` : networkOf(client.address);
    if (!answer.ok && answer.status !== 503) failed(way);
    audit.recordOnce(
      `${what} ${way} ${from}`,
      {
        kind: "token",
        what,
        subject: answer.ok && answer.caller.kind !== "local" ? answer.caller.name : setting,
        result: answer.ok ? "applied" : "refused",
        person: person === null ? null : { id: person.id, name: person.name },
        text: answer.ok ? "" : answer.reason,
      },
      client,
    );
    return answer;
  };
}
