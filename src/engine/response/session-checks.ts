import { appendAudit } from "#db/audit/audit-entries.ts";
import {
  claimSessionChecks,
  endSession,
  releaseSessionChecks,
  renewSession,
  type CheckedSession,
} from "#db/sessions/account-sessions.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Engine } from "#engine/base/engine.ts";
import { PortError } from "#ports/port-error.ts";
import type { SignIn } from "#ports/sign-in.ts";

/** How often it is looked for sessions that are to be asked about, in ms. */
export const LOOKED_EVERY_MS = MINUTE_MS;
/** So old what a service reported of someone is when it is asked again, in ms: with a look each minute it never gets 15 minutes old. */
const ASKED_AGAIN_MS = 13 * MINUTE_MS;
/** Sessions that are claimed at once. */
const AT_ONCE = 50;

type ChecksEngine = Pick<Engine, "connection" | "clock" | "log" | "signIns">;

/**
 * Asks services whether people who are signed in are still there, and ends the sessions of those who are not. Someone whom
 * a service cannot be asked about is asked about at the next look, not only when the next answer would be due.
 */
export async function recheckSessions(engine: ChecksEngine): Promise<void> {
  const { connection, clock, signIns = [] } = engine;
  const now = clock();
  const away = new Set<string>();
  const postponed: CheckedSession[] = [];
  for (;;) {
    const due = await claimSessionChecks(connection.db, now, { before: now - ASKED_AGAIN_MS, limit: AT_ONCE });
    for (const session of due) {
      const way = signIns.find(({ name }) => name === session.way);
      if (way === undefined) await endFor(engine, session, "this way to sign in is no longer set up");
      else if (way.recheck !== undefined) {
        if (!away.has(way.name) && (await recheckSession(engine, way, way.recheck, session))) continue;
        away.add(way.name);
        postponed.push(session);
      }
    }
    if (due.length < AT_ONCE) break;
  }
  // Later: a look would claim them again at once.
  await releaseSessionChecks(
    connection.db,
    postponed.map(({ number }) => number),
    now - ASKED_AGAIN_MS - MINUTE_MS,
  );
}

/** Answers whether the service could be asked: one that is unreachable is not asked about all others too. */
async function recheckSession(
  engine: ChecksEngine,
  { title }: SignIn,
  recheck: NonNullable<SignIn["recheck"]>,
  session: CheckedSession,
): Promise<boolean> {
  try {
    const found = await recheck(session);
    if (found === null) await endFor(engine, session, `no longer signed in or no longer a member there (${title})`);
    else await renewSession(engine.connection.db, session.number, found);
    return true;
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    // A service that is unreachable signs no one out during an incident; the next look asks again.
    engine.log.warn(
      { session: session.number, err: error },
      `${title} could not be asked about someone who is signed in`,
    );
    return !error.retryable;
  }
}

async function endFor(
  { connection, clock, log }: ChecksEngine,
  session: CheckedSession,
  because: string,
): Promise<void> {
  const at = clock();
  if (!(await endSession(connection.db, session.number, { at, because }))) return;
  log.info({ session: session.number, person: session.person, because }, "a session was ended");
  const entry = {
    kind: "sign-in",
    what: "session.ended",
    subject: `session ${session.number}`,
    result: "applied",
  } as const;
  const from = { way: "muster", address: null, person: null };
  await appendAudit(connection.db, [{ at, ...entry, ...from, text: `${session.name}: ${because}` }]);
}
