import type { AlertSource } from "#ports/alert-source.ts";
import type { Chat } from "#ports/chat.ts";
import type { ChatPlatform } from "#ports/chat-platform.ts";
import type { DocumentStore } from "#ports/documents.ts";
import type { Paging } from "#ports/paging.ts";
import type { SignIn } from "#ports/sign-in.ts";
import type { Tickets } from "#ports/tickets.ts";
import type { DoorLine, DoorMount, Integration, IntegrationOffer, IntegrationSetup } from "./integration.ts";
import { choosePlatform } from "./setup-notes.ts";
import { connectTrackers } from "./trackers.ts";

/** What all vendors do together; null where no one is set up to do it. */
export type ConnectedPorts = {
  readonly chat: Chat | null;
  /** The configured chat, else the platform that a dry run replaces. */
  readonly platform: ChatPlatform;
  readonly paging: Paging | null;
  readonly tickets: Tickets | null;
  readonly documents: DocumentStore | null;
  /** The settings that set up a place of documents; null: no integration is one. */
  readonly documentSettings: string | null;
  readonly alertSources: readonly AlertSource[];
  /** The ways by which people sign in to our pages. */
  readonly signIns: readonly SignIn[];
  /** The first part of the paths of each vendor's own doors. */
  readonly names: readonly string[];
  readonly mountDoors: (mount: (integration: string) => DoorMount) => readonly DoorLine[];
};

/** Connects every vendor of a list. */
export async function connectIntegrations(
  list: readonly Integration[],
  setup: IntegrationSetup,
): Promise<ConnectedPorts> {
  const offers = await Promise.all(
    list.map(async (integration) => ({ integration, offer: await integration.connect(setup) })),
  );
  const first = <T>(pick: (offer: IntegrationOffer) => T | undefined): T | null =>
    offers.map(({ offer }) => pick(offer)).find((found) => found !== undefined) ?? null;
  const talking = offers.find(({ offer }) => offer.chat !== undefined);
  return {
    chat: talking?.offer.chat ?? null,
    platform: choosePlatform(list, (integration) => integration === talking?.integration),
    names: list.map(({ name }) => name),
    paging: first(({ paging }) => paging),
    tickets: connectTrackers(setup),
    documents: first(({ documents }) => documents),
    documentSettings: list.find((each) => each.documentSettings !== undefined)?.documentSettings ?? null,
    alertSources: offers.flatMap(({ offer }) => offer.alertSources ?? []),
    signIns: offers.flatMap(({ offer }) => offer.signIn ?? []),
    mountDoors: (mount) => offers.flatMap(({ integration: { name }, offer }) => offer.mountDoors?.(mount(name)) ?? []),
  };
}
