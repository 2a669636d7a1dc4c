import { teamAnswerKey } from "#domain/paging/page-answers.ts";
import { incidentNumber } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { WordReader } from "./word-reader.ts";

/** The key of a page, as the buttons under it carry it, the API lists it and the dashboard sends it. */
const PAGE_KEY = /^INC-\d{1,9}:\S+$/;

/** Takes the key of a page, as a field for a command; none when there is no key. */
export function takePage(words: WordReader): { readonly page?: string } {
  const page = words.first(PAGE_KEY);
  return page === null ? {} : { page };
}

/** Takes the name of a team of the policy, when nothing else is given, in the place of a page. */
export function takeTeam(words: WordReader, { teams }: Pick<Policy, "teams">): { readonly page?: string } {
  const name = words.rest.trim().replace(/^team\s+/i, "");
  const team = Object.keys(teams).find((each) => each.toLowerCase() === name.toLowerCase());
  if (team === undefined) return {};
  words.all();
  return { page: teamAnswerKey(team) };
}

/** Of which incident the page is whose key comes next; null when none does. Takes nothing. */
export function incidentOfPage({ rest }: WordReader): number | null {
  const word = /^\S+/.exec(rest)?.[0] ?? "";
  return PAGE_KEY.test(word) ? incidentNumber(word.slice(0, word.indexOf(":"))) : null;
}
