import type { Response } from "express";
import type { Incident } from "#domain/incident/incident.ts";
import type { LiveMarks, EngineReader } from "#engine/loop/reader.ts";

/** Looks while someone listens, so often, in ms. */
const LOOK_EVERY = 1_000;
/** Proxies cut silent connections: a heartbeat is sent at least this often, in ms. */
const BREATHE_EVERY = 15_000;
/** Browsers that listen at the same time; others reload pages by hand. */
const LISTENERS = 500;
/** Those of one person or one token: the others are for everyone else. */
const LISTENERS_EACH = 20;
/** How often it is asked whether the sessions of those who listen are still open, in ms. */
const SESSIONS_EVERY = 15_000;

/** What a browser shows: one incident or the open ones, its last state (null when it sent none), and the viewer's access. */
export type LiveView = {
  readonly incident: number | null;
  readonly mark: string | null;
  readonly canSee: (incident: Incident) => boolean;
  /** Who listens: one person, or one token. */
  readonly holder: string;
  /** Their session; null: they show a token. The line ends with it. */
  readonly session: number | null;
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
  openAmong: (sessions: readonly number[]) => Promise<ReadonlySet<number>>,
): { listen(response: Response, shown: LiveView): void; close(): void } {
  const listeners = new Set<Listener>();
  let timer: NodeJS.Timeout | null = null;
  let looking = false;
  let stopped = false;
  const endClosed = createSessionWatch(listeners, monotonic, openAmong);

  const refresh = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      await endClosed();
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
        // It has become private, and not theirs: the page that they load again does not exist for them.
        if (isHiddenFrom(marks, listener)) listener.response.end();
      }
    } catch (error) {
      onError(error);
    } finally {
      looking = false;
    }
  };

  return {
    listen(response, shown) {
      const full = stopped ? 503 : refusalStatus(listeners, shown.holder);
      if (full !== null) return void response.status(full).set("retry-after", "30").end();
      beginLine(response);
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

/** Whether the incident that a line is about is one that its viewer may not see by now. */
function isHiddenFrom({ hidden }: Pick<LiveMarks, "hidden">, { incident, canSee }: Listener): boolean {
  return incident !== null && hidden.some((each) => each.number === incident && !canSee(each));
}

/** Why one more cannot listen: too many do, or too many of theirs. */
function refusalStatus(listeners: ReadonlySet<Listener>, holder: string): number | null {
  if (listeners.size >= LISTENERS) return 503;
  return [...listeners].filter((each) => each.holder === holder).length >= LISTENERS_EACH ? 429 : null;
}

function beginLine(response: Response): void {
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
  });
  response.write("retry: 3000\n: hello\n\n");
}

/** Ends the lines of those who are signed out; asks for it every few seconds only. */
function createSessionWatch(
  listeners: ReadonlySet<Listener>,
  monotonic: () => number,
  openAmong: (sessions: readonly number[]) => Promise<ReadonlySet<number>>,
): () => Promise<void> {
  let askedAt = monotonic();
  return async () => {
    if (monotonic() - askedAt < SESSIONS_EVERY) return;
    askedAt = monotonic();
    const held = [...listeners].flatMap(({ session }) => (session === null ? [] : [session]));
    if (held.length === 0) return;
    const open = await openAmong([...new Set(held)]);
    for (const { session, response } of listeners) if (session !== null && !open.has(session)) response.end();
  };
}

function sendText(listener: Listener, text: string, now: number): void {
  listener.lastSentAt = now;
  listener.response.write(text);
}
