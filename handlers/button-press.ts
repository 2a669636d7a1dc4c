import { readReference, type IncidentReference } from "#domain/incident/incident-reference.ts";
import { BUTTON_ACTIONS, OPEN_RUN_ACTION, PICK_ACTION, VERB_ACTION } from "#views/values/action-buttons.ts";
import { openFormFirst, renderReply, sendReply, type CommandDoor, type FormOpening } from "./command-reply.ts";

/** What pressing a button asks for: words of the grammar, and the incident that they are about. */
export type ButtonWords = { readonly text: string; readonly about: IncidentReference | null };

/** A button as words, so that a click does what typing them does; null for one that only leads somewhere, or is none of ours. */
export function buttonWords(action: string, value: string | undefined): ButtonWords | null {
  if (action === OPEN_RUN_ACTION) return null;
  const about = readReference(value ?? "");
  // A run of no incident is known by its own number.
  const rest = about?.rest ?? (/^RUN-\d/.test(value ?? "") ? value! : "");
  if (VERB_ACTION.test(action)) return about === null ? { text: value ?? "help", about: null } : { text: rest, about };
  // The words that were asked before, now with an incident.
  if (PICK_ACTION.test(action)) return { text: rest, about };
  const pressed = Object.values(BUTTON_ACTIONS).find(({ id }) => id === action);
  return pressed === undefined ? null : { text: `${pressed.command} ${rest}`.trim(), about };
}

/** Does what someone's words or button ask for. `acknowledge` is called when it is stored, or its form is to open. */
export async function actOnWords(
  door: CommandDoor,
  { text, about }: ButtonWords,
  opening: FormOpening,
  acknowledge: () => Promise<void>,
): Promise<void> {
  const { who: person, place } = opening;
  const find = () => door.act.runText(text, person, place, about);
  const wanted = door.act.formOf(text);
  if (wanted !== null) {
    await acknowledge();
    await openFormFirst(door, wanted, opening, find);
    return;
  }
  const message = await renderReply(door, await find(), person);
  await acknowledge();
  if (message !== null) await sendReply(door, person, place, message);
}
