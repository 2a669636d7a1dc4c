import { randomBytes, randomUUID } from "node:crypto";
import type { Engine, EngineLog } from "#engine/base/engine.ts";
import { dryRunChat, dryRunPaging, dryRunTickets } from "#integrations/dry-run/dry-run.ts";
import type { ConnectedPorts } from "./integrations/connected-ports.ts";

type OutsideParts =
  | ("newId" | "newSalt" | "chat" | "paging" | "tickets" | "alertSources")
  | ("documents" | "documentSettings" | "signIn" | "signInSettings");

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
    newSalt: overrides.newSalt ?? (() => randomBytes(5).toString("hex")),
    chat: overrides.chat ?? connected.chat ?? dryRunChat(logInfo, newId, connected.platform),
    paging: overrides.paging ?? connected.paging ?? dryRunPaging(logInfo),
    tickets: overrides.tickets ?? connected.tickets ?? dryRunTickets(logInfo),
    documents: overrides.documents ?? connected.documents,
    documentSettings: connected.documentSettings,
    alertSources: connected.alertSources,
    signIn: connected.signIn !== null,
    signInSettings: connected.platform.signInSettings,
  };
}
