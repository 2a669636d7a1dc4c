import { policyPersonName } from "#domain/policy/people.ts";
import type { Policy } from "#domain/policy/policy.ts";

/** A member, a guest, a program, or someone of another workspace in a channel that both share: `team` is theirs. */
export type ChatStanding =
  | { readonly kind: "member" | "guest" | "bot" }
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

/** Why someone of the chat may not sign in, or null: by the rule for what they ask in the chat, people of the policy first. */
export function chatSignInRefusal(policy: Policy, person: string, standing: ChatStanding): string | null {
  return policyPersonName(policy, person) === null ? admissionRefusal(policy, standing) : null;
}

function refusalOf(whom: string, setting: string): string {
  return `Muster does nothing for ${whom}. The policy (muster.yaml) lets them in by ${setting}, or one of them by an entry under \`people\`.`;
}
