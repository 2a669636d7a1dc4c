import type { Integration } from "#app/integrations/integration.ts";
import { createPlainChat, PLAIN_PLATFORM } from "./plain-chat.ts";
import { mountPlainDoor } from "./plain-door.ts";
import type { PlainWorkspace } from "./plain-workspace.ts";

/** The plain chat as a line of the list of integrations. */
export function plainIntegration(workspace: PlainWorkspace): Integration {
  return {
    name: "plain",
    title: PLAIN_PLATFORM.title,
    platform: PLAIN_PLATFORM,
    connect: () => ({
      chat: createPlainChat(workspace),
      mountDoors({ app, door }) {
        mountPlainDoor(app, door, workspace);
        return {};
      },
    }),
  };
}
