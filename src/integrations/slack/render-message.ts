import type { Button, KnownBlock, Overflow } from "@slack/types";
import {
  MORE_ACTION,
  writeMenuChoice,
  type ChatButton,
  type ChatHome,
  type ChatMessage,
  type MessagePart,
} from "#domain/values/chat-message.ts";
import type { TextLike } from "#domain/values/rich-text.ts";
import { cutMarkup, renderText } from "./render-text.ts";

/** A message as Slack takes it. */
export type SlackMessage = { readonly text: string; readonly blocks: readonly KnownBlock[] };

/** A message in Block Kit, cut where Slack would refuse it. The cuts are on escaped text, so never inside an entity. */
export function renderMessage({ text, parts }: ChatMessage): SlackMessage {
  return { text: renderText(text), blocks: parts.map(renderPart) };
}

export function renderHome({ parts }: ChatHome): { readonly type: "home"; readonly blocks: readonly KnownBlock[] } {
  return { type: "home", blocks: parts.map(renderPart) };
}

export function renderPart(part: MessagePart): KnownBlock {
  switch (part.kind) {
    case "header":
      return { type: "header", text: plainTextObject(part.text, 150) };
    case "text":
      return {
        type: "section",
        text: { type: "mrkdwn", text: cutMarkup(renderText(part.text), 3_000) },
        ...(part.button === undefined ? {} : { accessory: renderButton(part.button) }),
      };
    case "fields":
      return renderFields(part.pairs);
    case "context":
      return { type: "context", elements: [{ type: "mrkdwn", text: cutMarkup(renderText(part.text), 3_000) }] };
    case "buttons":
      return {
        type: "actions",
        block_id: part.name,
        elements: [
          ...part.buttons.map(renderButton),
          ...(part.more === undefined || part.more.length === 0 ? [] : [renderMenu(part.more)]),
        ],
      };
  }
}

/** Slack takes ten fields of at most 2,000 characters, and about 13,200 in a whole message. */
function renderFields(pairs: readonly (readonly [string, TextLike])[]): KnownBlock {
  const fields = pairs
    .slice(0, 10)
    .map(([name, value]) => ({ type: "mrkdwn" as const, text: cutMarkup(`*${name}*\n${renderText(value)}`, 300) }));
  return { type: "section", fields };
}

function renderButton({ action, label, value, url, style }: ChatButton): Button {
  return {
    type: "button",
    text: plainTextObject(label, 75),
    action_id: action,
    ...(value === undefined ? {} : { value }),
    ...(url === undefined ? {} : { url }),
    ...(style === undefined ? {} : { style }),
  };
}

/** Slack takes five options of at most 75 characters each. */
function renderMenu(buttons: readonly ChatButton[]): Overflow {
  return {
    type: "overflow",
    action_id: MORE_ACTION,
    options: buttons
      .slice(0, 5)
      .map((button) => ({ text: plainTextObject(button.label, 75), value: writeMenuChoice(button) })),
  };
}

/**
 * For places that take no mrkdwn at all. Slack does not document whether it counts characters or UTF-16 units: neither
 * is exceeded.
 */
export function plainTextObject(text: string, max: number): { type: "plain_text"; text: string; emoji: true } {
  return {
    type: "plain_text",
    text: text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`,
    emoji: true,
  };
}
