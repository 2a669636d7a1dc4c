import type { QueryExecutor } from "#db/client.ts";
import {
  addRunbookVersions,
  hasRunbookVersions,
  knownRunbookVersions,
  findRunbookVersion,
} from "#db/runbook-versions.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import type { Person } from "#domain/values/language.ts";
import { policyPersonName } from "#domain/policy/people.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { Run } from "#domain/automation/run.ts";
import type { Engine } from "#engine/base/engine.ts";

/** So long no one approves what they wrote themselves, in ms. */
const YOUNG = DAY_MS;

/** Words of a runbook that are new. `authors`: names in the policy; `known`: all who wrote them are among these. */
export type RecentAuthors = { readonly authors: readonly string[]; readonly known: boolean };

/** Writes down which words of runbooks there are, each when it is first seen. */
export async function recordRunbookVersions(engine: Engine): Promise<void> {
  const { automation, connection } = engine;
  if (automation?.authors === undefined) return;
  const runbooks = automation.catalogue().runbooks.filter(({ documentation }) => !documentation);
  const known = await knownRunbookVersions(
    connection.db,
    runbooks.map(({ sha256 }) => sha256),
  );
  const fresh = runbooks.filter(({ id, sha256 }) => !known.has(`${id} ${sha256}`));
  if (fresh.length === 0) return;
  // What a first start finds is what the operator began with, and no change of it.
  const seenAt = (await hasRunbookVersions(connection.db)) ? engine.clock() : engine.clock() - YOUNG;
  const versions = fresh.map(async ({ id, sha256, file }) => ({
    runbook: id,
    sha: sha256,
    seenAt,
    authors: await automation.authors!(file),
  }));
  await addRunbookVersions(connection.db, await Promise.all(versions));
}

/** Whose words a run would do, while they are new; null when they are not, or no one watches. */
export async function findRecentAuthors(
  engine: Pick<Engine, "automation" | "clock" | "policy">,
  db: QueryExecutor,
  { runbook, sha }: Pick<Run, "runbook" | "sha">,
): Promise<RecentAuthors | null> {
  if (engine.automation?.authors === undefined) return null;
  const version = await findRunbookVersion(db, runbook, sha);
  if (version === null) return { authors: [], known: false };
  if (engine.clock() >= version.seenAt + YOUNG) return null;
  const names = version.authors.map((address) => nameOfAddress(engine.policy(), address));
  const authors = names.filter((name) => name !== null);
  return { authors, known: names.length > 0 && authors.length === names.length };
}

/** Whether someone is among those who wrote what they would approve. */
export function isRecentAuthor(policy: Policy, young: RecentAuthors | null, person: Person): boolean {
  const me = policyPersonName(policy, person.id) ?? person.id;
  return young !== null && young.authors.includes(me);
}

/** Approvals are recognized only for people whose chat id is known. */
function nameOfAddress({ people }: Policy, address: string): string | null {
  return (
    Object.keys(people).find(
      (name) => people[name]!.email?.toLowerCase() === address && people[name]!.chatId !== null,
    ) ?? null
  );
}
