import { isJson, type JsonObject, jsonList, stringOrEmpty } from "#test/support/builders/json.ts";
import type { SeenMessage } from "./workspace-view.ts";

/** A button, select or other element of a message that can be clicked. */
export type ClickableButton = {
  readonly actionId: string;
  readonly blockId: string;
  readonly type: string;
  readonly text: string;
  readonly value: string;
  readonly url: string;
};

/** All that can be clicked in blocks, in their order. */
export function clickables(blocks: readonly JsonObject[]): ClickableButton[] {
  return blocks.flatMap((block, i) =>
    [...jsonList(block.elements), ...(isJson(block.accessory) ? [block.accessory] : [])]
      .filter((element) => stringOrEmpty(element.action_id) !== "")
      .flatMap((element) => [
        element,
        ...(element.type === "overflow" ? jsonList(element.options).map((option) => ({ ...element, ...option })) : []),
      ])
      .map((element) => ({
        actionId: stringOrEmpty(element.action_id),
        blockId: stringOrEmpty(block.block_id) || `b${i}`,
        type: stringOrEmpty(element.type),
        text: isJson(element.text)
          ? stringOrEmpty(element.text.text)
          : isJson(element.placeholder)
            ? stringOrEmpty(element.placeholder.text)
            : "",
        value: stringOrEmpty(element.value),
        url: stringOrEmpty(element.url),
      })),
  );
}

/** The button (or select) with this text or action id; throws, naming those that are there, when there is none. */
export function findButton(message: SeenMessage, wanted: string | RegExp): ClickableButton {
  const all = clickables(message.blocks);
  const isMatch = (value: string): boolean =>
    typeof wanted === "string" ? value === wanted : value.search(wanted) >= 0;
  const found = all.find((each) => isMatch(each.text) || isMatch(each.actionId));
  if (found === undefined)
    throw new Error(
      `no button ${String(wanted)}; there are: ${all.map((each) => `"${each.text}" (${each.actionId})`).join(", ") || "none"}`,
    );
  return found;
}

/** What Slack sends of a choice, by the kind of element. */
export function picked(type: string, value: string): JsonObject {
  if (type === "button" || type === "") return { value };
  if (/user/.test(type)) return { selected_user: value };
  if (/conversation/.test(type)) return { selected_conversation: value };
  return { selected_option: { text: { type: "plain_text", text: value }, value } };
}
