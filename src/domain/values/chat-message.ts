import type { RichText, TextLike } from "./rich-text.ts";

/** A button: `action` names what pressing it does, `value` what it is about; with a `url` it only leads there. */
export type ChatButton = {
  readonly action: string;
  readonly label: string;
  readonly value?: string;
  readonly url?: string;
  readonly style?: "primary" | "danger";
};

/** A part of a message, from top to bottom. */
export type MessagePart =
  | { readonly kind: "header"; readonly text: string }
  | { readonly kind: "text"; readonly text: RichText; readonly button?: ChatButton }
  /** Names and values side by side. */
  | { readonly kind: "fields"; readonly pairs: readonly (readonly [string, TextLike])[] }
  /** Small print. */
  | { readonly kind: "context"; readonly text: RichText }
  /** `name` identifies this row of buttons within the message. `more`: those that are used less, behind one button. */
  | {
      readonly kind: "buttons";
      readonly name: string;
      readonly buttons: readonly ChatButton[];
      readonly more?: readonly ChatButton[];
    };

/**
 * `text` is what notifications and screen readers get; `parts` what is laid out. `note` travels with the message
 * unseen, so that a process which finds the message after a crash can see what it contained. `thread`: the id of the
 * message of the same channel that it answers; a chat without threads posts it as any other.
 */
export type ChatMessage = {
  readonly text: TextLike;
  readonly parts: readonly MessagePart[];
  readonly note?: string;
  readonly thread?: string;
};

/** The menu behind a row of buttons, where a chat has one: what is chosen there is a button's id and its value. */
export const MORE_ACTION = "message.more";

/** A button as one choice of that menu: its id, and its value behind a space. */
export function writeMenuChoice({ action, value }: ChatButton): string {
  return value === undefined ? action : `${action} ${value}`;
}

/** The button that a choice of that menu stands for. */
export function readMenuChoice(choice: string): { readonly action: string; readonly value: string | undefined } {
  const [action, ...value] = choice.split(" ");
  return { action: action!, value: value.length === 0 ? undefined : value.join(" ") };
}

export type FormOption = { readonly value: string; readonly label: string };

/** How a field is filled in. */
export type FieldInput =
  | {
      readonly kind: "line" | "paragraph";
      readonly max: number;
      readonly initial?: string;
      readonly placeholder?: string;
    }
  /** One of these; `radio` shows all of them at once. */
  | {
      readonly kind: "choice" | "radio";
      readonly options: readonly FormOption[];
      readonly initial?: string;
      readonly placeholder?: string;
    }
  /** Any of these. */
  | { readonly kind: "checks"; readonly options: readonly FormOption[] }
  /** Someone of the chat, by their id there. */
  | { readonly kind: "person"; readonly initial?: string }
  /** A time of day, in the zone of the person who fills it in. */
  | { readonly kind: "time" };

export type FormField = {
  readonly kind: "field";
  readonly name: string;
  readonly label: string;
  readonly optional: boolean;
  readonly input: FieldInput;
};

/**
 * A form. `name` identifies it, `meta` comes back with what was filled in; without `submit` it only shows something.
 */
export type ChatForm = {
  readonly name: string;
  readonly meta: string;
  readonly title: string;
  readonly submit: string | null;
  readonly parts: readonly (MessagePart | FormField)[];
};

/** What was filled in, by the names of the fields; a field that was left empty is missing. A time is "HH:MM". */
export type FormValues = Readonly<Record<string, string | readonly string[]>>;

/** The page that someone has for themselves in the chat. */
export type ChatHome = { readonly parts: readonly MessagePart[] };
