import type { ChatButton, ChatForm, ChatMessage, FormField, MessagePart } from "#domain/values/chat-message.ts";
import { plainWords } from "#domain/values/plain-words.ts";

/** A message as lines of text. `numberOf`: what is typed to press a button. */
export function renderPlain({ text, parts }: ChatMessage, numberOf: (button: ChatButton) => number): string {
  const lines = parts.flatMap((part) => linesOf(part, numberOf));
  return lines.length === 0 ? plainWords(text) : lines.join("\n");
}

function linesOf(part: MessagePart, numberOf: (button: ChatButton) => number): readonly string[] {
  switch (part.kind) {
    case "header":
      return [`== ${part.text} ==`];
    case "text":
      return [plainWords(part.text), ...(part.button === undefined ? [] : [renderButton(part.button, numberOf)])];
    case "context":
      return [plainWords(part.text)];
    case "fields":
      return part.pairs.map(([name, value]) => `${name}: ${plainWords(value)}`);
    case "buttons":
      return [[...part.buttons, ...(part.more ?? [])].map((button) => renderButton(button, numberOf)).join("  ")];
  }
}

function renderButton(button: ChatButton, numberOf: (button: ChatButton) => number): string {
  return button.url === undefined ? `[${numberOf(button)}] ${button.label}` : `${button.label}: ${button.url}`;
}

/** The fields of a form that are asked for, in order. */
export function questionsOf({ parts }: ChatForm): readonly FormField[] {
  return parts.filter((part) => part.kind === "field");
}

/** What is shown before the first question: all of a form that is no field. */
export function introductionOf({ title, parts }: ChatForm): string {
  const shown = parts.flatMap((part) => (part.kind === "field" ? [] : linesOf(part, () => 0)));
  return [`== ${title} ==`, ...shown].join("\n");
}

/** A field as a question; a dash leaves it as it is. */
export function renderQuestion({ label, optional, input }: FormField): string {
  switch (input.kind) {
    case "line":
    case "paragraph":
      return `${label}${optional || (input.initial ?? "") !== "" ? " (- to leave it as it is)" : ""}`;
    case "person":
      return `${label} (@NAME, or -)`;
    case "time":
      return `${label} (HH:MM, or -)`;
    case "choice":
    case "radio":
    case "checks": {
      const options = input.options.map((each, i) => `${i + 1} ${each.label}`);
      return `${label}\n${options.join("\n")}\n(a number${input.kind === "checks" ? ", several with commas" : ""}, or -)`;
    }
  }
}

/** What someone's answer to a question means: a value, undefined for "leave it", or null when it cannot be understood. */
export function readAnswer(field: FormField, answer: string): string | readonly string[] | undefined | null {
  const { input, optional } = field;
  if (answer === "-") {
    const initial = "initial" in input ? input.initial : undefined;
    return initial ?? (optional || input.kind === "choice" ? undefined : null);
  }
  switch (input.kind) {
    case "line":
    case "paragraph":
      return answer.length <= input.max ? answer : null;
    case "person":
      return /^@?[\w-]+$/.test(answer) ? answer.replace(/^@/, "") : null;
    case "time":
      return /^([01]\d|2[0-3]):[0-5]\d$/.test(answer) ? answer : null;
    case "choice":
    case "radio":
      return input.options[Number(answer) - 1]?.value ?? null;
    case "checks": {
      const picked = answer.split(",").map((each) => input.options[Number(each) - 1]?.value);
      return picked.every((each) => each !== undefined) ? picked : null;
    }
  }
}
