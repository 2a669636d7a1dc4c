import type { InputBlock, KnownBlock, ModalView, PlainTextOption } from "@slack/types";
import type { ChatForm, FieldInput, FormField, FormOption, FormValues } from "#domain/values/chat-message.ts";
import { plainTextObject, renderPart } from "./render-message.ts";

/** A form as a modal: each field is a block with one element of the same name. */
export function renderForm({ name, meta, title, submit, parts }: ChatForm): ModalView {
  return {
    type: "modal",
    callback_id: name,
    private_metadata: meta,
    title: plainTextObject(title, 24),
    ...(submit === null ? {} : { submit: plainTextObject(submit, 24) }),
    close: plainTextObject("Cancel", 24),
    blocks: parts.map((part): KnownBlock => (part.kind === "field" ? renderField(part) : renderPart(part))),
  };
}

function renderField({ name, label, optional, input }: FormField): InputBlock {
  return {
    type: "input",
    block_id: name,
    optional,
    label: plainTextObject(label, 75),
    element: renderInput(name, input),
  };
}

function renderInput(name: string, input: FieldInput): InputBlock["element"] {
  switch (input.kind) {
    case "line":
    case "paragraph":
      return {
        type: "plain_text_input",
        action_id: name,
        ...(input.kind === "paragraph" ? { multiline: true } : {}),
        max_length: input.max,
        ...(input.placeholder === undefined ? {} : { placeholder: plainTextObject(input.placeholder, 150) }),
        ...(input.initial === undefined || input.initial === "" ? {} : { initial_value: input.initial }),
      };
    case "choice":
    case "radio": {
      const options = input.options.map(renderOption);
      const initial = options.find(({ value }) => value === input.initial);
      const chosen = { action_id: name, options, ...(initial === undefined ? {} : { initial_option: initial }) };
      if (input.kind === "radio") return { type: "radio_buttons", ...chosen };
      return {
        type: "static_select",
        ...chosen,
        ...(input.placeholder === undefined ? {} : { placeholder: plainTextObject(input.placeholder, 75) }),
      };
    }
    case "checks":
      return { type: "checkboxes", action_id: name, options: input.options.map(renderOption) };
    case "person":
      return {
        type: "users_select",
        action_id: name,
        ...(input.initial === undefined ? {} : { initial_user: input.initial }),
      };
    case "time":
      return { type: "timepicker", action_id: name };
  }
}

function renderOption({ value, label }: FormOption): PlainTextOption {
  return { text: plainTextObject(label, 75), value };
}

/** What stands in one element of a submitted modal, as far as our fields are made of such. */
type FilledForm = {
  readonly value?: string | null;
  readonly selected_user?: string | null;
  readonly selected_time?: string | null;
  readonly selected_option?: { readonly value: string } | null;
  readonly selected_options?: readonly { readonly value: string }[];
};

/** What was filled in, by the names of the fields. */
export function readFormValues(blocks: Readonly<Record<string, Readonly<Record<string, unknown>>>>): FormValues {
  return Object.fromEntries(
    Object.entries(blocks).flatMap(([name, elements]): [string, string | readonly string[]][] => {
      const filled = elements[name] as FilledForm | undefined;
      const value =
        filled?.selected_options?.map((option) => option.value) ??
        filled?.selected_option?.value ??
        filled?.selected_user ??
        filled?.selected_time ??
        filled?.value;
      return value === undefined || value === null ? [] : [[name, value]];
    }),
  );
}
