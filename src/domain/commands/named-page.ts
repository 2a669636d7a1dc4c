import { answeredTeam } from "#domain/paging/page-answers.ts";
import { parseAlarmKey } from "#domain/paging/page-key.ts";
import type { SingleCommand } from "./command-registry.ts";

/** The key of the page that a command is about: what became of it, or that someone acts under it. null: it is about none. */
export function namedPage(command: SingleCommand): string | null {
  if (command.type === "page.sent" || command.type === "page.delayed" || command.type === "page.failed")
    return command.key;
  if (command.type === "pager.heard") return parseAlarmKey(command.alarm);
  if (command.type === "role.claim") return command.page ?? null;
  return command.type === "incident.acknowledge" && answeredTeam(command.page) === null ? (command.page ?? null) : null;
}
