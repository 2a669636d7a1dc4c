import { neutralizeControls } from "#domain/values/text.ts";
import { z } from "zod";
import type { Chat, RequestAttempt } from "#ports/chat.ts";
import { PortError } from "#ports/port-error.ts";
import type { SlackCaller } from "./client.ts";
import { findMessage, HistoryMessage } from "./earlier-attempt.ts";
import { saveCanvas } from "./slack-canvas.ts";

const UploadPlace = z.object({ upload_url: z.string(), file_id: z.string() });
const Shared = HistoryMessage.pick({ files: true });

/** What a channel keeps besides its messages: uploaded texts and its canvas. */
export function slackFiles(call: SlackCaller): Pick<Chat, "upload" | "canvas"> {
  return {
    async upload(channel, file, attempt) {
      if (attempt.unsure) {
        const there = await findMessage(
          call,
          channel,
          attempt,
          ({ files }) => files?.some(({ name }) => name === file.name) ?? false,
        );
        const found = there?.message.files?.find(({ name }) => name === file.name);
        if (found !== undefined) return { url: found.permalink ?? "" };
      }
      return uploadText(call, channel, file, attempt);
    },

    canvas: (channel, page, known, attempt) => saveCanvas(call, channel, page, known, attempt),
  };
}

/** Slack's three steps of an upload: ask for a place, put the bytes there, share it in the channel. */
async function uploadText(
  call: SlackCaller,
  channel: string,
  file: { readonly name: string; readonly title: string; readonly text: string },
  attempt: RequestAttempt,
): Promise<{ url: string }> {
  const bytes = Buffer.from(neutralizeControls(file.text), "utf8");
  const place = await call(
    "files.getUploadURLExternal",
    { filename: file.name, length: bytes.length },
    attempt,
    UploadPlace,
  );
  let sent: Response;
  try {
    sent = await fetch(place.upload_url, {
      method: "POST",
      body: bytes,
      headers: { "content-type": "application/octet-stream" },
      signal: AbortSignal.timeout(10_000),
    });
  } catch (cause) {
    // Bytes without a share are seen by no one: uploading them again does no harm.
    throw new PortError("unreachable", "Slack did not take the file's bytes", { retryable: true, cause });
  }
  if (!sent.ok)
    throw new PortError("server_error", `Slack answered the upload with HTTP ${sent.status}`, { retryable: true });
  const { files } = await call(
    "files.completeUploadExternal",
    { files: [{ id: place.file_id, title: file.title }], channel_id: channel },
    attempt,
    Shared,
  );
  return { url: files?.[0]?.permalink ?? "" };
}
