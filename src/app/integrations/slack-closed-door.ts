import type { DoorLine, DoorMount } from "./integration.ts";

/** A door for events of Slack that stays closed, and answers why. */
export function mountClosedDoor(error: string): (mount: DoorMount) => DoorLine {
  return ({ app }) => {
    app.post("/slack/events", (_, response) => void response.status(404).json({ error }));
    return {};
  };
}
