import { readEvents } from "#db/events.ts";
import { channelInvitations, invitedPeople, type ChannelInvitation } from "#domain/channel/invited-people.ts";
import { buildTimeline } from "#domain/events/timeline.ts";
import { knownPerson } from "#domain/policy/people.ts";
import { isOpen } from "#domain/values/language.ts";
import type { MissingPerson } from "#ports/chat.ts";
import { memberBriefing } from "#views/response/member-briefing.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";
import { withChannel } from "#engine/base/effect-context.ts";
import type { PerformEffect } from "#engine/base/effect-performer.ts";
import { presentNextPages } from "#engine/oncall/next-pages.ts";

// Who is in an incident's channel, and what they learn there first.

/**
 * Invites those who are not invited yet: who has left is not brought back for a reason that they were invited for. Whom the
 * chat has refused is invited again each time, and reported once for a reason.
 */
export const inviteMembers: PerformEffect<"chat.members"> = async (_, context) =>
  withChannel(context, async (state, channel) => {
    const { chat, policy } = context.engine;
    const { done, refused } = invitedBefore(context.state, channel.id);
    const invitations = channelInvitations(state, policy(), (id) => chat.isMember(id));
    const due = invitations.filter(({ cause }) => !done.has(cause));
    const people = invitedPeople(due);
    const missing = people.length === 0 ? [] : (await chat.invite(channel.id, people, context.attempt)).missing;
    const isMissing = ({ person }: ChannelInvitation): boolean => missing.some(({ name }) => name === person.name);
    const texts = missing.map(describeMissing(chat.title));
    const news = texts.filter((text) => !refused.includes(text));
    const invited = invitations.filter((each) => done.has(each.cause) || !isMissing(each)).map(({ cause }) => cause);
    return {
      state: { channel: channel.id, invited, refused: texts } satisfies InvitationMemo,
      ...(news.length === 0 ? {} : { commands: [{ type: "chat.failed", what: "invite", reason: news.join("; ") }] }),
    };
  });

/** What is kept of the invitations to a channel. `refused`: who could not be invited, and why; an earlier version kept none. */
type InvitationMemo = {
  readonly channel: string;
  readonly invited: readonly string[];
  readonly refused: readonly string[];
};

/** For which reasons people were invited to a channel already, and who was refused. */
function invitedBefore(
  memo: unknown,
  channel: string,
): { readonly done: ReadonlySet<string>; readonly refused: readonly string[] } {
  const isKnown = typeof memo === "object" && memo !== null && "channel" in memo && memo.channel === channel;
  const listed = (key: "invited" | "refused"): readonly string[] => {
    const list: unknown = isKnown ? (memo as Partial<InvitationMemo>)[key] : undefined;
    return Array.isArray(list) ? (list as string[]) : [];
  };
  return { done: new Set(listed("invited")), refused: listed("refused") };
}

function describeMissing(title: string): (person: MissingPerson) => string {
  return ({ name, reason }) =>
    reason === null
      ? `${name}: no ${title} id or e-mail. Add one under people in muster.yaml`
      : `${name}: ${title} reports ${reason}`;
}

/** Where the incident stands, for the person alone who has just joined its channel. */
export const briefNewMember: PerformEffect<"chat.briefing"> = async ({ to }, context) =>
  withChannel(context, async (state, channel) => {
    const { engine, attempt } = context;
    const { chatId } = knownPerson(engine.policy(), to);
    if (!isOpen(state.status) || chatId === null || !engine.chat.isMember(chatId)) return {};
    const [shown] = await presentNextPages(engine, [state]);
    const timeline = buildTimeline(await readEvents(engine.connection.db, state.number));
    const update = timeline.findLast(({ type }) => type === "update.posted") ?? null;
    const message = memberBriefing(shown!, update, incidentUrl(engine, state), engine.clock());
    await engine.chat.sendEphemeral({ channel: channel.id, user: chatId }, message, attempt);
    return {};
  });
