import { isJson, type JsonObject, jsonList, stringOrEmpty } from "#test/support/builders/json.ts";

/** Reports a problem; `at` is a JSON pointer, as in Slack's own messages. */
type Say = (problem: string, at: string) => void;

const BLOCKS = new Set(
  "actions alert call card carousel container context context_actions data_table divider file header image input markdown plan rich_text section table task_card video".split(
    " ",
  ),
);
const ELEMENTS = new Set(
  (
    "button overflow checkboxes radio_buttons datepicker timepicker datetimepicker image workflow_button feedback_buttons icon_button " +
    "plain_text_input email_text_input url_text_input number_input rich_text_input file_input " +
    "static_select external_select users_select conversations_select channels_select " +
    "multi_static_select multi_external_select multi_users_select multi_conversations_select multi_channels_select"
  ).split(" "),
);
/** Undocumented, seen in slackapi/bolt-js#2509: the text of all blocks of one message. */
const TOTAL_TEXT = 13_200;

function atMost(value: unknown, limit: number, at: string, say: Say): void {
  if (value !== undefined && typeof value !== "string") say("must be a string", at);
  if (typeof value === "string" && value.length > limit) say(`must be less than ${limit + 1} characters`, at);
}

function countAtMost(value: unknown, limit: number, at: string, say: Say): void {
  if (!Array.isArray(value) || value.length === 0) say("must provide at least 1 item", at);
  else if (value.length > limit) say(`no more than ${limit} items allowed`, at);
}

function textObject(value: unknown, limit: number, at: string, say: Say, plain = false): void {
  if (!isJson(value)) return say("must provide a text object", at);
  if (value.type !== "plain_text" && (plain || value.type !== "mrkdwn"))
    say(`unsupported text type: ${String(value.type)}`, `${at}/type`);
  if (stringOrEmpty(value.text) === "") say("must be more than 0 characters", `${at}/text`);
  atMost(value.text, limit, `${at}/text`, say);
}

function optionalText(value: unknown, limit: number, at: string, say: Say, plain = true): void {
  if (value !== undefined) textObject(value, limit, at, say, plain);
}

function options(element: JsonObject, at: string, say: Say): void {
  const list = element.options ?? jsonList(element.option_groups).flatMap((group) => jsonList(group.options));
  const limits: Readonly<Record<string, number>> = { overflow: 5, checkboxes: 10, radio_buttons: 10 };
  countAtMost(list, limits[stringOrEmpty(element.type)] ?? 100, `${at}/options`, say);
  for (const [i, option] of jsonList(list).entries()) {
    textObject(option.text, 75, `${at}/options/${i}/text`, say);
    optionalText(option.description, 75, `${at}/options/${i}/description`, say, false);
    atMost(option.value, 150, `${at}/options/${i}/value`, say);
    if (option.value === undefined) say("missing required field: value", `${at}/options/${i}`);
    if (option.url === "") say("must be a url", `${at}/options/${i}/url`);
  }
  const chosen = [
    ...(element.initial_option === undefined ? [] : [element.initial_option]),
    ...jsonList(element.initial_options),
  ];
  const offered = new Set(jsonList(list).map((option) => JSON.stringify(option)));
  if (chosen.some((each) => !offered.has(JSON.stringify(each))))
    say("initial option is not among the options", `${at}/initial_option`);
}

function element(value: JsonObject, at: string, say: Say): void {
  const type = stringOrEmpty(value.type);
  if (!ELEMENTS.has(type)) return say(`unsupported type: ${type}`, `${at}/type`);
  atMost(value.action_id, 255, `${at}/action_id`, say);
  optionalText(value.placeholder, 150, `${at}/placeholder`, say);
  if (type === "image") atMost(value.alt_text ?? null, 2_000, `${at}/alt_text`, say);
  if (/^(multi_)?static_select$|^overflow$|^checkboxes$|^radio_buttons$/.test(type)) options(value, at, say);
  if (type === "button") {
    textObject(value.text, 75, `${at}/text`, say, true);
    atMost(value.value, 2_000, `${at}/value`, say);
    atMost(value.url, 3_000, `${at}/url`, say);
    if (value.url === "") say("must be a url", `${at}/url`);
    if (value.style !== undefined && value.style !== "primary" && value.style !== "danger")
      say("unsupported style", `${at}/style`);
  }
  if (isJson(value.confirm)) {
    optionalText(value.confirm.title, 100, `${at}/confirm/title`, say);
    optionalText(value.confirm.text, 300, `${at}/confirm/text`, say, false);
    optionalText(value.confirm.confirm, 30, `${at}/confirm/confirm`, say);
    optionalText(value.confirm.deny, 30, `${at}/confirm/deny`, say);
  }
}

function elements(block: JsonObject, limit: number, at: string, say: Say): void {
  countAtMost(block.elements, limit, `${at}/elements`, say);
  const seen = new Set<string>();
  for (const [i, each] of jsonList(block.elements).entries()) {
    const here = `${at}/elements/${i}`;
    if (block.type === "context" && each.type !== "image") textObject(each, 3_000, here, say);
    else element(each, here, say);
    const id = stringOrEmpty(each.action_id);
    if (id !== "" && seen.has(id)) say(`\`action_id\` "${id}" already exists`, `${here}/action_id`);
    seen.add(id);
  }
}

function section(block: JsonObject, at: string, say: Say): void {
  if (block.text === undefined && block.fields === undefined) say("must define either `text` or `fields`", at);
  optionalText(block.text, 3_000, `${at}/text`, say, false);
  if (block.fields !== undefined) countAtMost(block.fields, 10, `${at}/fields`, say);
  for (const [i, field] of jsonList(block.fields).entries()) textObject(field, 2_000, `${at}/fields/${i}`, say);
  if (isJson(block.accessory)) element(block.accessory, `${at}/accessory`, say);
}

function table(block: JsonObject, at: string, say: Say): void {
  countAtMost(block.rows, 100, `${at}/rows`, say);
  for (const [i, row] of (Array.isArray(block.rows) ? block.rows : []).entries())
    countAtMost(row, 20, `${at}/rows/${i}`, say);
}

function oneBlock(block: JsonObject, at: string, say: Say): void {
  atMost(block.block_id, 255, `${at}/block_id`, say);
  if (!BLOCKS.has(stringOrEmpty(block.type))) say(`unsupported type: ${stringOrEmpty(block.type)}`, `${at}/type`);
  else if (block.type === "header") textObject(block.text, 150, `${at}/text`, say, true);
  else if (block.type === "section") section(block, at, say);
  else if (block.type === "actions") elements(block, 25, at, say);
  else if (block.type === "context") elements(block, 10, at, say);
  else if (block.type === "table") table(block, at, say);
  else if (block.type === "markdown") atMost(block.text ?? null, 12_000, `${at}/text`, say);
  else if (block.type === "image") {
    atMost(block.alt_text ?? null, 2_000, `${at}/alt_text`, say);
    optionalText(block.title, 2_000, `${at}/title`, say);
  } else if (block.type === "input") {
    textObject(block.label, 2_000, `${at}/label`, say, true);
    optionalText(block.hint, 2_000, `${at}/hint`, say);
    if (isJson(block.element)) element(block.element, `${at}/element`, say);
    else say("missing required field: element", at);
  }
}

/** How many characters its blocks show. */
function shownText(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + shownText(each), 0);
  if (!isJson(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, each]) => sum + (key === "text" && typeof each === "string" ? each.length : shownText(each)),
    0,
  );
}

/** What Slack would complain about in these blocks, in its words; empty when it would take them. */
export function blockProblems(blocks: unknown, limit: number, root = "/blocks"): string[] {
  const problems: string[] = [];
  const say: Say = (problem, at) => void problems.push(`[ERROR] ${problem} [json-pointer:${at}]`);
  if (!Array.isArray(blocks)) return [`[ERROR] must be an array [json-pointer:${root}]`];
  if (blocks.length > limit) say(`no more than ${limit} items allowed`, root);
  const seen = new Set<string>();
  for (const [i, block] of blocks.entries()) {
    if (!isJson(block)) say("must be an object", `${root}/${i}`);
    else {
      oneBlock(block, `${root}/${i}`, say);
      const id = stringOrEmpty(block.block_id);
      if (id !== "" && seen.has(id)) say(`\`block_id\` "${id}" already exists`, `${root}/${i}/block_id`);
      seen.add(id);
    }
  }
  return problems;
}

/** Whether the blocks of one message show more text than Slack takes. */
export const tooMuchText = (blocks: unknown): boolean => shownText(blocks) > TOTAL_TEXT;

/** What Slack would complain about in a modal or someone's home. */
export function viewProblems(shown: object, type: "modal" | "home"): string[] {
  const view: JsonObject = { ...shown };
  const problems = blockProblems(view.blocks, 100, "/view/blocks");
  const say: Say = (problem, at) => void problems.push(`[ERROR] ${problem} [json-pointer:${at}]`);
  if (view.type !== type) say(`unsupported type: ${String(view.type)}`, "/view/type");
  if (type === "modal") textObject(view.title, 24, "/view/title", say, true);
  optionalText(view.submit, 24, "/view/submit", say);
  optionalText(view.close, 24, "/view/close", say);
  atMost(view.private_metadata, 3_000, "/view/private_metadata", say);
  atMost(view.callback_id, 255, "/view/callback_id", say);
  const request = jsonList(view.blocks).some((block) => block.type === "input");
  if (type === "modal" && request && view.submit === undefined) say("missing required field: submit", "/view");
  return problems;
}
