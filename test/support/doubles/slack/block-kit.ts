import { expect } from "vitest";
import type { ActionsBlock, ContextBlock, KnownBlock, ModalView, SectionBlock } from "@slack/types";

/** Slack's limits, as docs.slack.dev gives them; the total is measured (slackapi/bolt-js#2509). */
const LIMITS = {
  blocks: 50,
  viewBlocks: 100,
  section: 3_000,
  fields: 10,
  field: 2_000,
  header: 150,
  elements: 25,
  button: 75,
  value: 2_000,
  url: 3_000,
  blockId: 255,
  title: 24,
  metadata: 3_000,
  label: 2_000,
  context: 10,
  options: 5,
  option: 75,
  total: 13_200,
};

type Message = { readonly text: string; readonly blocks: readonly KnownBlock[] };

/** Fails when Slack would refuse the message, and names the place. */
export function expectWithinSlackLimits(message: Message): void {
  expect(message.blocks.length, "number of blocks").toBeLessThanOrEqual(LIMITS.blocks);
  expect(message.text, "fallback text").not.toBe("");
  message.blocks.forEach(checkBlock);
  expect(
    message.text.length + textsOf(message.blocks).reduce((sum, text) => sum + text.length, 0),
    "all texts together",
  ).toBeLessThanOrEqual(LIMITS.total);
}

export function expectViewWithinSlackLimits(view: ModalView): void {
  expect(view.blocks.length, "number of blocks").toBeLessThanOrEqual(LIMITS.viewBlocks);
  for (const text of [view.title, view.submit, view.close])
    within(text?.text ?? " ", LIMITS.title, "title, submit and close");
  expect((view.private_metadata ?? "").length, "private_metadata").toBeLessThanOrEqual(LIMITS.metadata);
  (view.blocks as KnownBlock[]).forEach(checkBlock);
}

function checkBlock(block: KnownBlock, i: number): void {
  const at = `blocks[${i}] (${block.type})`;
  if (block.block_id !== undefined) within(block.block_id, LIMITS.blockId, `${at}.block_id`);
  if (block.type === "header") return within(block.text.text, LIMITS.header, at);
  if (block.type === "section") return checkSection(block, at);
  if (block.type === "context") return checkContext(block, at);
  if (block.type === "actions") return checkActions(block, at);
  if (block.type === "input") return within(block.label.text, LIMITS.label, `${at}.label`);
  throw new Error(`${at}: this checker does not know the limits of a ${block.type} block yet`);
}

function checkSection(block: SectionBlock, at: string): void {
  expect(block.text !== undefined || block.fields !== undefined, `${at} says something`).toBe(true);
  if (block.text !== undefined) within(block.text.text, LIMITS.section, at);
  expect(block.fields?.length ?? 0, `${at}.fields`).toBeLessThanOrEqual(LIMITS.fields);
  block.fields?.forEach(({ text }, n) => within(text, LIMITS.field, `${at}.fields[${n}]`));
}

function checkContext(block: ContextBlock, at: string): void {
  expect(block.elements.length, `${at}.elements`).toBeLessThanOrEqual(LIMITS.context);
  for (const element of block.elements) if ("text" in element) within(element.text, LIMITS.section, at);
}

function checkActions(block: ActionsBlock, at: string): void {
  expect(block.elements.length, `${at}.elements`).toBeLessThanOrEqual(LIMITS.elements);
  expect(
    new Set(block.elements.map((element) => element.action_id)).size,
    `${at} has one action_id for each element`,
  ).toBe(block.elements.length);
  for (const element of block.elements) {
    if (element.type === "overflow") {
      expect(element.options.length, `${at} options`).toBeLessThanOrEqual(LIMITS.options);
      for (const option of element.options) {
        within(option.text.text, LIMITS.button, `${at} option`);
        within(option.value ?? "", LIMITS.option, `${at} option value`);
      }
    }
    if (element.type !== "button") continue;
    within(element.text.text, LIMITS.button, `${at} button`);
    if (element.value !== undefined) within(element.value, LIMITS.value, `${at} value`);
    if (element.url !== undefined) within(element.url, LIMITS.url, `${at} url`);
  }
}

/** Slack counts characters, not UTF-16 units, and refuses a text of none. */
function within(text: string, max: number, what: string): void {
  expect(text.isWellFormed(), `${what} is well-formed`).toBe(true);
  expect(text, what).not.toBe("");
  expect(Array.from(text).length, `characters of ${what}`).toBeLessThanOrEqual(max);
}

/** Every text a reader sees, wherever in the blocks it stands. */
export function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "text" && typeof inner === "string" ? [inner] : textsOf(inner),
  );
}

/** Fails when a text carries a mention, a broadcast or a link that this project did not put there. */
export function expectNoForeignMarkup(message: Message, own: readonly RegExp[] = []): void {
  const known = [
    /^<!date\^\d+\^\{date_short_pretty\} at \{time\}\|[^<>|]+>$/,
    /^<https?:\/\/[^<>|\s]+\|[^<>|]*>$/,
    ...own,
  ];
  const marked = [{ type: "mrkdwn", text: message.text }, ...mrkdwnOf(message.blocks)].flatMap(
    ({ text }) => text.match(/<[^>]*>?/g) ?? [],
  );
  expect(marked.filter((each) => !known.some((pattern) => pattern.test(each)))).toEqual([]);
}

/** Every text in which Slack reads markup. */
export function mrkdwnOf(value: unknown): { readonly type: "mrkdwn"; readonly text: string }[] {
  if (Array.isArray(value)) return value.flatMap(mrkdwnOf);
  if (typeof value !== "object" || value === null) return [];
  if ("type" in value && value.type === "mrkdwn" && "text" in value && typeof value.text === "string")
    return [{ type: "mrkdwn", text: value.text }];
  return Object.values(value).flatMap(mrkdwnOf);
}
