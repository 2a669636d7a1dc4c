import { plainWords } from "#domain/values/plain-words.ts";
import type { ChatForm, ChatMessage } from "#domain/values/chat-message.ts";
import { PortError, type PortFailure } from "#ports/port-error.ts";
import { introductionOf, questionsOf, renderPlain, renderQuestion } from "./render-plain.ts";
import { MUSTER, type OpenForm, type PlainLine, type PlainRoom, type PlainWorkspace } from "./plain-workspace.ts";

/** Finds what Muster names in the plain workspace, and writes there as Muster. */
export class PlainWriter {
  readonly #workspace: PlainWorkspace;

  constructor(workspace: PlainWorkspace) {
    this.#workspace = workspace;
  }

  find(place: string): PlainRoom {
    const room = this.#workspace.room(place);
    if (room === null) throw refusedError("not_found", `there is no room ${place}`);
    return room;
  }

  /** A room that can be written in. */
  writable(place: string): PlainRoom {
    const room = this.find(place);
    if (room.archived) throw refusedError("forbidden", `${room.name} is archived`);
    room.joined = true;
    return room;
  }

  lineOf(place: string, id: string): PlainLine {
    const line = this.writable(place).lines.find((each) => each.id === id && each.by === MUSTER);
    if (line === undefined) throw refusedError("not_found", `there is no line ${id} of ours in ${place}`);
    return line;
  }

  render(room: string, line: string, message: ChatMessage): string {
    return renderPlain(message, (button) => this.#workspace.numberOf(room, line, button));
  }

  write(room: PlainRoom, message: ChatMessage, more: Partial<PlainLine> = {}): PlainLine {
    const line = this.#workspace.write(room, { by: MUSTER, text: "", note: message.note ?? "", ...more });
    line.text = this.render(room.id, line.id, message);
    return line;
  }

  knownPerson(id: string): string {
    if (this.#workspace.person(id) === null) throw refusedError("not_found", `there is nobody called ${id}`);
    return id;
  }

  show(open: OpenForm, form: ChatForm): void {
    open.form = form;
    const [first] = questionsOf(form);
    const lines = [introductionOf(form), ...(first === undefined ? [] : [renderQuestion(first)])];
    this.#workspace.write(this.find(open.room), { by: MUSTER, to: open.person, text: lines.join("\n") });
    // A form that cannot be sent off only shows something, and is done with that.
    if (form.submit === null) this.#workspace.forms.delete(open.id);
  }
}

/** A request that the plain chat refuses for good. */
export function refusedError(reason: PortFailure, message: string): PortError {
  return new PortError(reason, plainWords(message), { retryable: false });
}
