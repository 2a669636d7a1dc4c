import type { VendorAllowance } from "#domain/outbound/allowance.ts";
import { takeRequest, type VendorAllowances } from "#ports/allowances.ts";
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

export type RateLimits = {
  /** Takes one request from the method's allowance. @throws PortError rate_limited, with the time to come back */
  take(method: string, channel: string, urgency: number): Promise<void>;
  /** Slack asked to wait. */
  pause(method: string, channel: string, ms: number): Promise<void>;
};

/**
 * Slack counts the requests of the workspace, so all processes take from the same allowances. What has no allowance here
 * (a form that opens while its trigger lives) only waits when Slack asked this process to.
 * `monotonic`: ms that go on evenly
 */
export function createRateLimits(allowances: VendorAllowances, monotonic: () => number): RateLimits {
  const paused = new Map<string, number>();
  return {
    async take(method, channel, urgency) {
      const allowance = allowanceOf(method, channel);
      if (allowance !== null) return takeRequest(allowances, allowance, urgency);
      const waitMs = (paused.get(method) ?? 0) - monotonic();
      if (waitMs > 0)
        throw new PortError("rate_limited", `Slack asked to wait before ${method}`, {
          retryable: true,
          retryAfterMs: Math.ceil(waitMs),
        });
    },
    async pause(method, channel, ms) {
      const allowance = allowanceOf(method, channel);
      if (allowance === null) paused.set(method, monotonic() + ms);
      else await allowances.pause(allowance, ms);
    },
  };
}

function allowanceOf(method: string, channel: string): VendorAllowance | null {
  if (method === "chat.postMessage") return { key: `slack ${method} ${channel}`, ...POSTS };
  const perMinute = PER_MINUTE[method];
  return perMinute === undefined ? null : { key: `slack ${method}`, perMinute, burst: perMinute };
}
