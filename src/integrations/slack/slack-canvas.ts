import { z } from "zod";
import type { RequestAttempt, CanvasPage } from "#ports/chat.ts";
import { PortError } from "#ports/port-error.ts";
import { slackCode, type SlackCaller } from "./client.ts";

type KeptOutput = { readonly id: string } | { readonly refused: string };
const Info = z.object({
  channel: z.object({
    properties: z
      .object({
        canvas: z
          .object({ file_id: z.string().optional().catch(undefined) })
          .optional()
          .catch(undefined),
      })
      .optional()
      .catch(undefined),
  }),
});
const Sections = z.object({ sections: z.array(z.object({})).optional().catch(undefined) });
const Created = z.object({ canvas_id: z.string() });

const GONE = new Set(["canvas_not_found", "canvas_deleted", "file_not_found"]);

/**
 * The one canvas that a channel has of its own. Slack makes no second: after an attempt whose answer was lost it
 * answers that there is one, and it is ours when our mark is in it.
 */
export async function saveCanvas(
  call: SlackCaller,
  channel: string,
  { title, markdown, mark }: CanvasPage,
  known: string | null,
  attempt: RequestAttempt,
): Promise<KeptOutput> {
  const document_content = { type: "markdown", markdown };
  const rewrite = async (id: string): Promise<KeptOutput> => {
    await call("canvases.edit", { canvas_id: id, changes: [{ operation: "replace", document_content }] }, attempt);
    return { id };
  };
  /** Ours as it is there, or null. */
  const found = async (): Promise<string | null> => {
    const { channel: info } = await call("conversations.info", { channel }, attempt, Info);
    const id = info.properties?.canvas?.file_id;
    if (id === undefined) return null;
    const { sections } = await call(
      "canvases.sections.lookup",
      { canvas_id: id, criteria: { contains_text: mark } },
      attempt,
      Sections,
    );
    return sections === undefined || sections.length === 0 ? null : id;
  };
  try {
    if (known !== null) {
      try {
        return await rewrite(known);
      } catch (error) {
        // Someone deleted it: it is made again.
        if (!GONE.has(slackCode(error) ?? "")) throw error;
      }
    }
    try {
      const { canvas_id } = await call(
        "conversations.canvases.create",
        { channel_id: channel, title, document_content },
        attempt,
        Created,
      );
      return { id: canvas_id };
    } catch (error) {
      if (slackCode(error) !== "channel_canvas_already_exists") throw error;
      const existing = await found();
      return existing === null ? { refused: "the channel has a canvas that people made" } : await rewrite(existing);
    }
  } catch (error) {
    if (error instanceof PortError && !error.retryable) return { refused: error.message };
    throw error;
  }
}
