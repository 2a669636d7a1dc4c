import { randomFillSync, randomUUID } from "node:crypto";
import type { Engine, EngineLog } from "#engine/base/engine.ts";
import { currentClient } from "#handlers/access/request-client.ts";
import { dryRunChat, dryRunPaging, dryRunTickets } from "#integrations/dry-run/dry-run.ts";
import type { ConnectedPorts } from "./integrations/connected-ports.ts";

type OutsideParts =
  | ("newId" | "newSalt" | "chat" | "paging" | "tickets" | "alertSources")
  | ("documents" | "documentSettings" | "signIn" | "signIns" | "signInSettings" | "client");

/** What lets people sign in whatever the chat is. */
const OIDC_SETTINGS = "set OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET";

/** Bytes of a salt: ten letters and digits. */
const SALT_BYTES = 5;

/** Words that there were never before. Random bytes are asked for some hundred words at once: each decision has one. */
function createSalts(): () => string {
  const pool = Buffer.allocUnsafe(SALT_BYTES * 500);
  let at = pool.length;
  return () => {
    if (at === pool.length) {
      randomFillSync(pool);
      at = 0;
    }
    return pool.toString("hex", at, (at += SALT_BYTES));
  };
}

/** The world as the engine sees it: what a test puts in its place, else a vendor that is set up, else a dry run. */
export function outsideWorld(
  connected: ConnectedPorts,
  log: EngineLog,
  overrides: Partial<Pick<Engine, "newId" | "newSalt" | "chat" | "paging" | "tickets" | "documents">>,
): Pick<Engine, OutsideParts> {
  const newId = overrides.newId ?? randomUUID;
  const logInfo = (fields: object, message: string): void => log.info(fields, message);
  return {
    newId,
    newSalt: overrides.newSalt ?? createSalts(),
    chat: overrides.chat ?? connected.chat ?? dryRunChat(logInfo, newId, connected.platform),
    paging: overrides.paging ?? connected.paging ?? dryRunPaging(logInfo),
    tickets: overrides.tickets ?? connected.tickets ?? dryRunTickets(logInfo),
    documents: overrides.documents ?? connected.documents,
    documentSettings: connected.documentSettings,
    alertSources: connected.alertSources,
    signIn: connected.signIns.length > 0,
    signIns: connected.signIns,
    signInSettings: [connected.platform.signInSettings, OIDC_SETTINGS].filter((each) => each !== null).join(", or "),
    client: currentClient,
  };
}
