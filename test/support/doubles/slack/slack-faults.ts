/**
 * `drop-answer` does the work and loses the answer; `broken` does it and answers half of it, `emptied` and `page` answer
 * `{"ok":true}` or a proxy's page instead; `blocked` is a proxy's refusal, before any work; `timeout` never answers;
 * `reset` fails before any work.
 */
export type FaultKind =
  | "429"
  | "500"
  | "timeout"
  | "reset"
  | "drop-answer"
  | "broken"
  | "emptied"
  | "page"
  | "blocked"
  | `error:${string}`;

/** Which calls go wrong, and how: the next one (`times` of them; Infinity until healed) of any or of these methods. */
export type FaultRequest = {
  readonly kind: FaultKind;
  /** A method's name; file uploads are "upload", answers to a response_url "response_url". */
  readonly method?: string | RegExp;
  readonly times?: number;
  /** Seconds, for 429. */
  readonly retryAfter?: number;
};

/** A fault that waits for calls. */
export type SlackFault = {
  /** How many calls it has spoiled. */
  readonly used: number;
  /** Ends the fault. */
  end(): void;
};

/** The faults that were asked for, in order; the first that fits a call is used. */
export type SlackFaults = {
  add(request: FaultRequest): SlackFault;
  take(method: string): { readonly kind: FaultKind; readonly retryAfter: number } | null;
  clear(): void;
};

/** No faults yet. */
export function createFaults(): SlackFaults {
  const waiting: { readonly request: FaultRequest; left: number; used: number }[] = [];
  const isMatch = (wanted: string | RegExp | undefined, method: string): boolean =>
    wanted === undefined ||
    (typeof wanted === "string"
      ? wanted === method
      : new RegExp(wanted.source, wanted.flags.replace("g", "")).test(method));
  return {
    add: (request) => {
      const fault = { request, left: request.times ?? 1, used: 0 };
      waiting.push(fault);
      return {
        get used() {
          return fault.used;
        },
        end: () => void (fault.left = 0),
      };
    },
    take: (method) => {
      const fault = waiting.find(({ request, left }) => left > 0 && isMatch(request.method, method));
      if (fault === undefined) return null;
      fault.left -= 1;
      fault.used += 1;
      return { kind: fault.request.kind, retryAfter: fault.request.retryAfter ?? 1 };
    },
    clear: () => {
      for (const fault of waiting) fault.left = 0;
      waiting.length = 0;
    },
  };
}

const PER_MINUTE: readonly (readonly [number, string])[] = [
  [
    20,
    "conversations.create conversations.setTopic conversations.archive conversations.list bookmarks.add bookmarks.edit pins.add pins.list users.list reactions.remove usergroups.list usergroups.users.list usergroups.users.update conversations.canvases.create",
  ],
  [
    50,
    "conversations.invite conversations.join conversations.open conversations.replies reactions.add conversations.info conversations.history users.conversations users.lookupByEmail chat.update bookmarks.list canvases.edit canvases.sections.lookup",
  ],
  [
    100,
    "views.open views.update views.publish chat.postEphemeral users.info conversations.members files.getUploadURLExternal files.completeUploadExternal",
  ],
];
const POST_BURST = 4;

/** Slack's rate tiers as token buckets: answers the seconds to wait, or 0 when the call may pass. */
export function createTiers(elapsed: () => number): (method: string, channel: string) => number {
  const perMinute = new Map(
    PER_MINUTE.flatMap(([rate, methods]) => methods.split(" ").map((method) => [method, rate] as const)),
  );
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (method, channel) => {
    const posts = method === "chat.postMessage";
    const size = posts ? POST_BURST : perMinute.get(method);
    if (size === undefined) return 0;
    const perMs = posts ? 1 / 1_000 : size / 60_000;
    const key = posts ? `${method} ${channel}` : method;
    const now = elapsed();
    const bucket = buckets.get(key) ?? { tokens: size, at: now };
    buckets.set(key, bucket);
    bucket.tokens = Math.min(size, bucket.tokens + (now - bucket.at) * perMs);
    bucket.at = now;
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / perMs / 1_000);
    bucket.tokens -= 1;
    return 0;
  };
}
