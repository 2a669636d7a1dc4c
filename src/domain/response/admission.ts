import { policyPersonName } from "#domain/policy/people.ts";
import type { Policy } from "#domain/policy/policy.ts";

/**
 * A member, a guest, a program, or someone of another workspace in a channel that both share: `team` is theirs. Insider: of
 * our workspace, a member or a guest, which no one could be asked. Unknown: not even that.
 */
export type ChatStanding =
  | { readonly kind: "member" | "guest" | "bot" | "insider" | "unknown" }
  | { readonly kind: "outsider"; readonly team: string | null };

/**
 * Why Muster does nothing for someone of the chat whom the policy does not list, or null: members of the workspace are let
 * in, all others only when the policy admits them.
 */
export function admissionRefusal(policy: Policy, standing: ChatStanding): string | null {
  const { workspaces, guests, bots } = policy.admit;
  switch (standing.kind) {
    case "member":
      return null;
    case "guest":
      return guests ? null : refusalOf("guests", "`admit.guests: true`");
    case "insider":
      return guests ? null : UNANSWERED;
    case "unknown":
      return UNANSWERED;
    case "bot":
      return bots ? null : refusalOf("bots", "`admit.bots: true`");
    case "outsider": {
      const { team } = standing;
      return team !== null && workspaces.includes(team)
        ? null
        : refusalOf("people of other workspaces", `\`admit.workspaces: [${team ?? "T…"}]\``);
    }
  }
}

/** For a question that was not answered: what is not known is no yes, and the person is no stranger for it. */
const UNANSWERED =
  "The chat did not answer who you are in its workspace, so Muster did nothing. Try again in a few seconds. If it stays so: an entry under `people` of the policy (muster.yaml) lets you in without that question.";

/** Why someone of the chat may not sign in, or null: by the rule for what they ask in the chat, people of the policy first. */
export function chatSignInRefusal(policy: Policy, person: string, standing: ChatStanding): string | null {
  return policyPersonName(policy, person) === null ? admissionRefusal(policy, standing) : null;
}

/** The same where no one can be asked who is a guest: `missing` is the setting that would change that. */
export function policySignInRefusal(policy: Policy, person: string, missing: string): string | null {
  return chatSignInRefusal(policy, person, { kind: "insider" }) === null
    ? null
    : `Muster cannot ask who is a guest without ${missing}. Set it, or let guests in by \`admit.guests: true\` of the policy (muster.yaml), or one person by an entry under \`people\`.`;
}

function refusalOf(whom: string, setting: string): string {
  return `Muster does nothing for ${whom}. The policy (muster.yaml) lets them in by ${setting}, or one of them by an entry under \`people\`.`;
}
