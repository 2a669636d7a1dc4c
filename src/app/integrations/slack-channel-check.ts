import type { SlackClient } from "#integrations/slack/client.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { DoctorFinding } from "./integration.ts";

type ListedChannel = { readonly id?: string | undefined; readonly name?: string | undefined };
type ChannelPage = {
  readonly channels?: readonly ListedChannel[];
  readonly response_metadata?: { readonly next_cursor?: string };
};

/** Pages of channels that are looked through; of a larger workspace nothing is concluded from what is missing. */
const PAGES = 10;

/**
 * The channels of the policy that Muster cannot post in, each with what to do. `postsAnywhere`: whether the app may post in
 * public channels that it is no member of. What cannot be looked up is no finding: the scopes have their own.
 */
export async function checkSlackChannels(
  web: SlackClient["web"],
  policy: Policy,
  postsAnywhere: boolean,
): Promise<readonly DoctorFinding[]> {
  try {
    const joined = await listAll((page) =>
      web.users.conversations({ ...page, types: "public_channel,private_channel", exclude_archived: true, limit: 200 }),
    );
    const outside = wantedChannels(policy).filter(([channel]) => !has(joined.channels, channel));
    if (outside.length === 0) return [];
    const all = await listAll((page) =>
      web.conversations.list({ ...page, types: "public_channel", exclude_archived: true, limit: 999 }),
    );
    return outside.flatMap(([channel, key]): DoctorFinding[] => {
      const name = channel.startsWith("#") || /^[CG][A-Z0-9]{6,}$/.test(channel) ? channel : `#${channel}`;
      const isThere = has(all.channels, channel);
      if (isThere ? postsAnywhere : !all.complete) return [];
      const says = isThere
        ? `Muster is not in ${name} (${key}), and may not post there from outside: write /invite @Muster in it, or give the app the scope chat:write.public`
        : `Slack shows Muster no channel ${name} (${key}): create it, write /invite @Muster in it if it is private, or correct ${key} in muster.yaml`;
      return [{ what: "slack", ok: false, says }];
    });
  } catch {
    return [];
  }
}

/** Where incidents are announced, with the keys of the policy that name the channels. */
function wantedChannels({ channels, teams }: Policy): readonly (readonly [channel: string, key: string])[] {
  const keys: readonly (readonly [string, string])[] = [
    [channels.incidents, "channels.incidents"],
    ...(channels.digest === undefined ? [] : [[channels.digest, "channels.digest"] as const]),
    ...Object.entries(teams).flatMap(([team, { channel }]) =>
      channel === undefined ? [] : [[channel, `teams.${team}.channel`] as const],
    ),
  ];
  // The first key that names a channel is enough to find it.
  return [...new Map(keys.toReversed())].toReversed();
}

function has(channels: readonly ListedChannel[], wanted: string): boolean {
  const name = wanted.replace(/^#/, "").toLowerCase();
  return channels.some((each) => each.id === wanted || each.name?.toLowerCase() === name);
}

async function listAll(
  turn: (page: { readonly cursor?: string }) => Promise<ChannelPage>,
): Promise<{ readonly channels: readonly ListedChannel[]; readonly complete: boolean }> {
  const channels: ListedChannel[] = [];
  let cursor = "";
  for (let n = 0; n < PAGES; n++) {
    const { channels: found, response_metadata: more } = await turn(cursor === "" ? {} : { cursor });
    // An answer without a list is none of Slack's.
    if (found === undefined) return { channels, complete: false };
    channels.push(...found);
    cursor = more?.next_cursor ?? "";
    if (cursor === "") return { channels, complete: true };
  }
  return { channels, complete: false };
}
