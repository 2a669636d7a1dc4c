import { json } from "express";
import { z } from "zod";
import type { FormField, FormValues } from "#domain/values/chat-message.ts";
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
 * POST /plain/lines: the server tells of each line. A number presses the button that has it, "muster …" (or anything in
 * one's own room) is a verb, and while a form asks something, what its person writes in that room is the answer.
 */
export function mountPlainDoor(app: Express, door: CommandDoor, workspace: PlainWorkspace): void {
  const filling = new Map<string, Filling>();
  app.post("/plain/lines", json(), async (request, response) => {
    const { room, line } = Written.parse(request.body);
    const written = workspace.rooms.get(room)?.lines.find(({ id }) => id === line);
    if (written === undefined) return void response.status(404).end();
    await hear(room, written);
    response.status(204).end();
  });

  async function hear(room: string, { id: key, by, text }: PlainLine): Promise<void> {
    const person = { id: by, name: workspace.person(by)!.name };
    const open = workspace.formOf(by, room);
    if (open !== null) return answer(open, text, key);
    const words = wordsOf(room, by, text);
    if (words === null) return;
    const trigger = JSON.stringify({ person: by, room, key });
    const place = { key, channel: room, replyUrl: null };
    await actOnWords(door, words, { who: person, place, trigger, open: null }, () => Promise.resolve());
  }

  function wordsOf(room: string, by: string, text: string): ButtonWords | null {
    if (/^\d+$/.test(text)) {
      const numbered = workspace.buttons[Number(text) - 1];
      return numbered?.room === room ? buttonWords(numbered.button.action, numbered.button.value) : null;
    }
    const reply = /^muster\s+([\s\S]+)$/i.exec(text)?.[1] ?? (workspace.ownRoom(by).id === room ? text : null);
    return reply === null ? null : { text: reply, about: null };
  }

  /** One answer to the question that is asked: then the next question, or the form is sent off. */
  async function answer(open: OpenForm, text: string, key: string): Promise<void> {
    if (text === "cancel") return end(open);
    const before = filling.get(open.id);
    const values = before?.form === open.form ? before.values : {};
    filling.set(open.id, { form: open.form, values });
    const questions = questionsOf(open.form);
    const requests = questions.find(({ name }) => !(name in values))!;
    const value = readAnswer(requests, text);
    if (value === null) return attempt(open, requests, "That is no answer.");
    // A field that is left empty was asked all the same.
    values[requests.name] = value ?? [];
    const next = questions.find(({ name }) => !(name in values));
    if (next !== undefined) return attempt(open, next);
    const done = await submitForm(door, {
      name: open.form.name as FormName,
      meta: open.form.meta,
      values: filledIn(values),
      who: { id: open.person, name: workspace.person(open.person)!.name },
      key: `${open.id}:${key}`,
    });
    if (done.ok) {
      end(open);
      const person = { id: open.person, name: workspace.person(open.person)!.name };
      const message = await renderReply(door, done.answer, person);
      if (message !== null) await sendReply(door, person, { key, channel: open.room, replyUrl: null }, message);
      return;
    }
    for (const [name, reason] of Object.entries(done.errors)) {
      delete values[name];
      attempt(
        open,
        questions.find((each) => each.name === name)!,
        reason,
      );
    }
  }

  function attempt(open: OpenForm, field: FormField, reason = ""): void {
    const text = [...(reason === "" ? [] : [reason]), renderQuestion(field)].join("\n");
    workspace.write(workspace.rooms.get(open.room)!, { by: MUSTER, to: open.person, text });
  }

  function end(open: OpenForm): void {
    workspace.forms.delete(open.id);
    filling.delete(open.id);
  }
}

function filledIn(values: Readonly<Record<string, string | readonly string[]>>): FormValues {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value.length > 0));
}
