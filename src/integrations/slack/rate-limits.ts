import { MINUTE_MS } from "#domain/values/duration.ts";
import { PortError } from "#ports/port-error.ts";

/**
 * Requests a minute for each method and workspace, as https://docs.slack.dev/apis/web-api/rate-limits lists them.
 * Asked before Slack is, so that a burst does not spend the workspace's patience on refusals.
 */
const PER_MINUTE: Readonly<Record<string, number>> = {
  "conversations.create": 20,
  "conversations.setTopic": 20,
  "conversations.archive": 20,
  "bookmarks.add": 20,
  "conversations.canvases.create": 20,
  "canvases.edit": 50,
  "canvases.sections.lookup": 50,
  "bookmarks.list": 50,
  "pins.add": 20,
  "users.conversations": 50,
  "conversations.list": 20,
  "conversations.join": 50,
  "chat.update": 50,
  "conversations.invite": 50,
  "conversations.history": 50,
  "users.lookupByEmail": 50,
  "conversations.info": 50,
  "conversations.replies": 50,
  "conversations.open": 50,
  "reactions.add": 50,
  "reactions.remove": 20,
  "usergroups.list": 20,
  "usergroups.users.list": 20,
  "users.info": 100,
  "chat.getPermalink": 1_000,
  "views.publish": 100,
  "chat.postEphemeral": 100,
  "files.getUploadURLExternal": 100,
  "files.completeUploadExternal": 100,
};
/** chat.postMessage: one a second and channel, short bursts tolerated. */
const POSTS = { perMinute: 60, burst: 5 };
/** The part of each allowance that only P0 and P1 may use. */
const RESERVED = 0.25;

type Bucket = { tokens: number; at: number; refused: number };

export type RateLimits = {
  /** Takes one request from the method's allowance. @throws PortError rate_limited, with the time to come back */
  take(method: string, channel: string, urgency: number): void;
  /** Slack asked to wait. */
  pause(method: string, ms: number): void;
};

/** `monotonic`: ms that go on evenly. A clock that can be set back would leave an allowance overdrawn for as long. */
export function createRateLimits(monotonic: () => number): RateLimits {
  const buckets = new Map<string, Bucket>();
  const paused = new Map<string, number>();
  return {
    take(method, channel, urgency) {
      const now = monotonic();
      const until = paused.get(method) ?? 0;
      if (until > now) throw refuse(method, until - now);
      const posting = method === "chat.postMessage";
      const perMinute = posting ? POSTS.perMinute : PER_MINUTE[method];
      if (perMinute === undefined) return;
      const most = posting ? POSTS.burst : perMinute;
      const key = posting ? `${method} ${channel}` : method;
      const bucket = buckets.get(key) ?? { tokens: most, at: now, refused: 0 };
      const gained = ((now - bucket.at) / MINUTE_MS) * perMinute;
      bucket.tokens = Math.min(most, bucket.tokens + gained);
      bucket.refused = Math.max(0, bucket.refused - gained);
      bucket.at = now;
      buckets.set(key, bucket);
      const floor = urgency <= 1 ? 0 : most * RESERVED;
      if (bucket.tokens - 1 >= floor) {
        bucket.tokens -= 1;
        return;
      }
      // Those who are sent away come back one after the other instead of all at once.
      bucket.refused += 1;
      throw refuse(
        method,
        Math.min(MINUTE_MS, (MINUTE_MS / perMinute) * (Math.max(0, floor + 1 - bucket.tokens) + bucket.refused - 1)),
      );
    },
    pause: (method, ms) => void paused.set(method, monotonic() + ms),
  };
}

function refuse(method: string, ms: number): PortError {
  return new PortError("rate_limited", `the allowance of ${method} is used up`, {
    retryable: true,
    retryAfterMs: Math.ceil(ms),
  });
}
