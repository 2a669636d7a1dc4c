import type { Response } from "express";
import type { Incident } from "#domain/incident/incident.ts";
import type { LiveMarks, EngineReader } from "#engine/loop/reader.ts";

/** Looks while someone listens, so often, in ms. */
const LOOK_EVERY = 1_000;
/** Proxies cut silent connections: a heartbeat is sent at least this often, in ms. */
const BREATHE_EVERY = 15_000;
/** Browsers that listen at the same time; others reload pages by hand. */
const LISTENERS = 500;

/** What a browser shows: one incident or the open ones, its last state (null when it sent none), and the viewer's access. */
export type LiveView = {
  readonly incident: number | null;
  readonly mark: string | null;
  readonly canSee: (incident: Incident) => boolean;
};
type Listener = Omit<LiveView, "mark"> & { readonly response: Response; mark: string | null; lastSentAt: number };

/** The state of what is open as someone sees it: a private incident changes nothing for those it does not exist for. */
export function liveMarkFor({ open, hidden }: Omit<LiveMarks, "incidents">, sees: LiveView["canSee"]): string {
  return [open, ...hidden.filter(sees).map(({ number, lastEvent }) => `${number}.${lastEvent}`)].join("-");
}

/**
 * Notifies browsers of changes: server-sent events without content, after which they load the page
 * again with their own access. One database query serves all listeners, and without listeners there is none.
 */
export function createLiveUpdates(
  read: Pick<EngineReader, "liveMarks">,
  onError: (error: unknown) => void,
  monotonic: () => number,
): { listen(response: Response, shown: LiveView): void; close(): void } {
  const listeners = new Set<Listener>();
  let timer: NodeJS.Timeout | null = null;
  let looking = false;
  let stopped = false;

  const refresh = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      const marks = await read.liveMarks([
        ...new Set([...listeners].flatMap(({ incident }) => (incident === null ? [] : [incident]))),
      ]);
      for (const listener of listeners) {
        const mark =
          listener.incident === null
            ? liveMarkFor(marks, listener.canSee)
            : (marks.incidents.get(listener.incident) ?? "");
        const now = monotonic();
        if (listener.mark !== null && listener.mark !== mark)
          sendText(listener, `event: changed\ndata: ${mark}\n\n`, now);
        else if (now - listener.lastSentAt > BREATHE_EVERY) sendText(listener, ": still here\n\n", now);
        listener.mark = mark;
      }
    } catch (error) {
      onError(error);
    } finally {
      looking = false;
    }
  };

  return {
    listen(response, shown) {
      if (stopped || listeners.size >= LISTENERS) return void response.status(503).set("retry-after", "30").end();
      response.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store, no-transform",
        "x-accel-buffering": "no",
      });
      response.write("retry: 3000\n: hello\n\n");
      const listener: Listener = { ...shown, response, lastSentAt: monotonic() };
      listeners.add(listener);
      response.on("close", () => {
        listeners.delete(listener);
        if (listeners.size === 0 && timer !== null) {
          clearInterval(timer);
          timer = null;
        }
      });
      timer ??= setInterval(() => void refresh(), LOOK_EVERY);
      void refresh();
    },
    close() {
      stopped = true;
      for (const { response } of listeners) response.end();
    },
  };
}

function sendText(listener: Listener, text: string, now: number): void {
  listener.lastSentAt = now;
  listener.response.write(text);
}
