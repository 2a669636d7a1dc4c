import { isJson, type JsonObject, jsonList, stringOrEmpty } from "#test/support/builders/json.ts";
import type { MethodAnswer, WorkspaceCanvases } from "./slack-workspace.ts";

const no = (error: string): MethodAnswer => ({ ok: false, error });

/** Slack takes what is nested as JSON in a form, too. */
function nested(value: unknown): unknown {
  return typeof value === "string" ? (JSON.parse(value) as unknown) : value;
}

function markdownIn(given: unknown): string | null {
  const content = nested(given);
  return isJson(content) &&
    content.type === "markdown" &&
    typeof content.markdown === "string" &&
    content.markdown.length <= 100_000
    ? content.markdown
    : null;
}

/** https://docs.slack.dev/reference/methods/conversations.canvases.create, canvases.edit, canvases.sections.lookup */
export function canvasAnswer(canvases: WorkspaceCanvases, method: string, body: JsonObject): MethodAnswer {
  if (method === "conversations.canvases.create") {
    const channel = stringOrEmpty(body.channel_id);
    if (canvases.has(channel)) return no("channel_canvas_already_exists");
    const markdown = markdownIn(body.document_content);
    if (markdown === null) return no("invalid_arguments");
    const id = `F0CANVAS${canvases.size + 1}`;
    canvases.set(channel, { id, markdown });
    return { ok: true, canvas_id: id };
  }
  const canvas = [...canvases.values()].find(({ id }) => id === body.canvas_id);
  if (canvas === undefined) return no("canvas_not_found");
  if (method === "canvases.sections.lookup") {
    const criteria = nested(body.criteria);
    const wanted = isJson(criteria) ? stringOrEmpty(criteria.contains_text) : "";
    return { ok: true, sections: wanted !== "" && canvas.markdown.includes(wanted) ? [{ id: "temp:C:1" }] : [] };
  }
  if (method !== "canvases.edit") return no("unknown_method");
  const [change, ...more] = jsonList(nested(body.changes));
  // Slack takes one change at a time.
  if (change === undefined || more.length > 0 || change.operation !== "replace") return no("invalid_arguments");
  const markdown = markdownIn(change.document_content);
  if (markdown === null) return no("invalid_arguments");
  canvas.markdown = markdown;
  return { ok: true };
}
