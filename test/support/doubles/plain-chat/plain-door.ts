import { json } from "express";
import { z } from "zod";
import type { FormField, FormValues } from "#domain/values/chat-message.ts";
import type { Person } from "#domain/values/language.ts";
import { actOnWords, buttonWords, type ButtonWords } from "#handlers/button-press.ts";
import { renderReply, sendReply, type CommandDoor } from "#handlers/command-reply.ts";
import { submitForm } from "#handlers/form-filling.ts";
import type { FormName } from "#verbs/verb.ts";
import { questionsOf, readAnswer, renderQuestion } from "./render-plain.ts";
import { MUSTER, type OpenForm, type PlainLine, type PlainWorkspace } from "./plain-workspace.ts";
import type { Express } from "express";

/** A line that someone wrote; its id makes a second delivery the same. */
const Written = z.object({ room: z.string(), line: z.string() });

/** Answers of a form that is not all filled in. */
type Filling = { readonly form: OpenForm["form"]; readonly values: Record<string, string | readonly string[]> };

/**
 * POST /plain/lines: the server delivers each line. A number presses the button that has it, "muster …" (or anything in
 * one's own room) is a verb, and while a form asks something, what its person writes in that room is the answer.
 */
export function mountPlainDoor(app: Express, door: CommandDoor, workspace: PlainWorkspace): void {
  const reader = new LineReader(door, workspace);
  app.post("/plain/lines", json(), async (request, response) => {
    const { room, line } = Written.parse(request.body);
    const written = workspace.rooms.get(room)?.lines.find(({ id }) => id === line);
    if (written === undefined) return void response.status(404).end();
    await reader.receive(room, written);
    response.status(204).end();
  });
}

/** What people write: words of the grammar, presses of buttons, and answers of forms. */
class LineReader {
  readonly #door: CommandDoor;
  readonly #workspace: PlainWorkspace;
  readonly #filling = new Map<string, Filling>();

  constructor(door: CommandDoor, workspace: PlainWorkspace) {
    this.#door = door;
    this.#workspace = workspace;
  }

  async receive(room: string, { id: key, by, text }: PlainLine): Promise<void> {
    const open = this.#workspace.formOf(by, room);
    if (open !== null) return this.#answer(open, text, key);
    const words = this.#wordsOf(room, by, text);
    if (words === null) return;
    const trigger = JSON.stringify({ person: by, room, key });
    const place = { key, channel: room, replyUrl: null, via: { way: "chat" } as const };
    await actOnWords(this.#door, words, { who: this.#person(by), place, trigger, open: null }, () => Promise.resolve());
  }

  #wordsOf(room: string, by: string, text: string): ButtonWords | null {
    if (/^\d+$/.test(text)) {
      const numbered = this.#workspace.buttons[Number(text) - 1];
      return numbered?.room === room ? buttonWords(numbered.button.action, numbered.button.value) : null;
    }
    const reply = /^muster\s+([\s\S]+)$/i.exec(text)?.[1] ?? (this.#workspace.ownRoom(by).id === room ? text : null);
    return reply === null ? null : { text: reply, about: null };
  }

  /** One answer to the question that is asked: then the next question, or the form is sent off. */
  async #answer(open: OpenForm, text: string, key: string): Promise<void> {
    if (text === "cancel") return this.#end(open);
    const before = this.#filling.get(open.id);
    const values = before?.form === open.form ? before.values : {};
    this.#filling.set(open.id, { form: open.form, values });
    const questions = questionsOf(open.form);
    const question = questions.find(({ name }) => !(name in values))!;
    const value = readAnswer(question, text);
    if (value === null) return this.#ask(open, question, "That is no answer.");
    // A field that is left empty was asked all the same.
    values[question.name] = value ?? [];
    const next = questions.find(({ name }) => !(name in values));
    if (next !== undefined) return this.#ask(open, next);
    await this.#submit(open, values, key);
  }

  async #submit(open: OpenForm, values: Filling["values"], key: string): Promise<void> {
    const { name, meta } = open.form;
    const questions = questionsOf(open.form);
    const who = this.#person(open.person);
    const filled = { name: name as FormName, meta, values: filledIn(values), who, key: `${open.id}:${key}` };
    const done = await submitForm(this.#door, filled);
    if (done.ok) {
      this.#end(open);
      const message = await renderReply(this.#door, done.answer, who);
      if (message !== null)
        await sendReply(this.#door, who, { key, channel: open.room, replyUrl: null, via: { way: "chat" } }, message);
      return;
    }
    for (const [field, reason] of Object.entries(done.errors)) {
      delete values[field];
      this.#ask(
        open,
        questions.find((each) => each.name === field)!,
        reason,
      );
    }
  }

  #ask(open: OpenForm, field: FormField, reason = ""): void {
    const text = [...(reason === "" ? [] : [reason]), renderQuestion(field)].join("\n");
    this.#workspace.write(this.#workspace.rooms.get(open.room)!, { by: MUSTER, to: open.person, text });
  }

  #end(open: OpenForm): void {
    this.#workspace.forms.delete(open.id);
    this.#filling.delete(open.id);
  }

  #person(id: string): Person {
    return { id, name: this.#workspace.person(id)!.name };
  }
}

function filledIn(values: Readonly<Record<string, string | readonly string[]>>): FormValues {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value.length > 0));
}
