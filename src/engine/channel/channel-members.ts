import { readEvents } from "#db/events.ts";
import { channelInvitations, invitedPeople } from "#domain/channel/invited-people.ts";
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

/** Invites those who are not invited yet: who has left is not brought back for a reason that they were invited for. */
export const inviteMembers: PerformEffect<"chat.members"> = async (_, context) =>
  withChannel(context, async (state, channel) => {
    const { chat, policy } = context.engine;
    const done = invitedBefore(context.state, channel.id);
    const invitations = channelInvitations(state, policy(), (id) => chat.isMember(id));
    const people = invitedPeople(invitations.filter(({ cause }) => !done.has(cause)));
    const memo = { channel: channel.id, invited: invitations.map(({ cause }) => cause) };
    if (people.length === 0) return { state: memo };
    const { missing } = await chat.invite(channel.id, people, context.attempt);
    if (missing.length === 0) return { state: memo };
    return {
      state: memo,
      commands: [{ type: "chat.failed", what: "invite", reason: missing.map(describeMissing(chat.title)).join("; ") }],
    };
  });

/** For which reasons people were invited to a channel already. */
function invitedBefore(memo: unknown, channel: string): ReadonlySet<string> {
  const isKnown = typeof memo === "object" && memo !== null && "channel" in memo && memo.channel === channel;
  return new Set(isKnown && "invited" in memo && Array.isArray(memo.invited) ? (memo.invited as string[]) : []);
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
