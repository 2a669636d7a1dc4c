import {
  endSession,
  extendSession,
  findSession,
  listSessions,
  openAmong,
  openSession,
} from "#db/sessions/account-sessions.ts";
import { signInRefusal } from "#domain/policy/account-rules.ts";
import { maySeeIncident } from "#domain/response/permission.ts";
import type { Engine } from "#engine/base/engine.ts";
import { sessionPerson } from "#engine/response/group-members.ts";
import { createSessions } from "#handlers/dashboard/session.ts";
import type { DashboardDoor } from "#handlers/dashboard/dashboard-routes.ts";
import type { SessionStore } from "#handlers/session-store.ts";

/** Sessions of one answer: more are open only where thousands of people work. */
const MAX_LISTED = 1_000;

/** The sessions in the database, by our clock. */
export function createSessionStore({ connection: { db }, clock }: Pick<Engine, "connection" | "clock">): SessionStore {
  return {
    open: (hash, session, renewal) => openSession(db, hash, { ...session, renewal }),
    find: (hash) => findSession(db, hash, clock()),
    extend: (number, used) => extendSession(db, number, used),
    end: (number, because) => endSession(db, number, { at: clock(), because }),
    list: () => listSessions(db, clock(), MAX_LISTED),
    openAmong: (numbers) => openAmong(db, numbers, clock()),
  };
}

/** What the dashboard asks about people who sign in: their sessions, and what the policy in force decides about them. */
export function signInParts(
  engine: Engine,
  store: SessionStore,
  publicUrl: string,
): Pick<DashboardDoor, "sessions" | "store" | "admits" | "personOf" | "canSee"> {
  const { policy, clock } = engine;
  return {
    store,
    sessions: createSessions(store, publicUrl.startsWith("https:"), clock),
    admits: (account) => signInRefusal(policy(), account),
    personOf: (account) => sessionPerson(engine, account),
    canSee: (incident, person) => maySeeIncident(policy(), incident, person),
  };
}
