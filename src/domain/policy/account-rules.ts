import type { SignedInAccount } from "./account-session.ts";
import type { Person } from "#domain/values/language.ts";
import { policyPersonName } from "./people.ts";
import type { Policy } from "./policy.ts";

/** Why someone with an account may not come in, or null. An account of the chat lists no groups: its workspace is the rule there. */
export function signInRefusal({ signIn }: Policy, { groups }: SignedInAccount): string | null {
  if (groups === null || signIn.allow.length === 0 || groups.some((group) => signIn.allow.includes(group))) return null;
  return `Only people of ${signIn.allow.join(", ")} may sign in (signIn.allow in muster.yaml)`;
}

/**
 * Who someone with an account is: a person of the policy by the one id that doors store, so that what they do here and in
 * the chat is one person's; else the account itself. The policy may name the account (`oidc`), and then nothing else is
 * that person; where it does not, it is who alone has the address that the provider verified.
 * @param issuer whose subjects accounts have that are not the chat's
 */
export function accountPerson(policy: Policy, account: SignedInAccount, issuer: string | null): Person {
  const { person, name } = account;
  const key = account.groups === null ? policyPersonName(policy, person) : providerPersonName(policy, account, issuer);
  if (key === null) return { id: person, name };
  const known = policy.people[key]!;
  return { id: known.chatId ?? key, name: known.name ?? name };
}

/** What someone with an account of the provider is called under `people`; null: they are not there, or several are meant. */
function providerPersonName(
  { people }: Policy,
  { person, email }: SignedInAccount,
  issuer: string | null,
): string | null {
  const keys = Object.keys(people);
  const named = keys.filter((key) => {
    const { oidc } = people[key]!;
    return oidc !== null && person === `oidc:${oidc.subject}` && (oidc.issuer === null || oidc.issuer === issuer);
  });
  if (named.length > 0) return named.length === 1 ? named[0]! : null;
  const wanted = email?.toLowerCase();
  const found = keys.filter((key) => wanted !== undefined && people[key]!.email?.toLowerCase() === wanted);
  return found.length === 1 && people[found[0]!]!.oidc === null ? found[0]! : null;
}

/** Whether a group of `permissions` has someone in it by the groups that their provider lists. */
export function isInMappedGroup({ signIn }: Policy, group: string, { groups }: SignedInAccount): boolean {
  const mapped = Object.hasOwn(signIn.groups, group) ? signIn.groups[group]! : [];
  return (groups ?? []).some((each) => mapped.includes(each));
}
