import { appendAudit, readAuditEntries } from "#db/audit/audit-entries.ts";
import type { AuditEntry, RequestClient } from "#domain/reporting/audit-entry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { isGroupRule, meetsRule } from "#domain/response/permission.ts";
import { wayOfActor } from "#domain/values/api-actor.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { incidentId, type Instant, type Person } from "#domain/values/language.ts";
import type { AuditLog, AuditNote } from "#ports/audit-log.ts";
import type { Engine } from "#engine/base/engine.ts";
import { maskStoredText } from "#engine/base/masked-submission.ts";
import { groupsOf } from "./verb-context.ts";

/** Keys that a process remembers of the last minute. */
const REMEMBERED = 1_000;
/** Entries that may wait for the database at once; more are counted in the process's log and left out. */
const MOST_WAITING = 100;

/** The audit log of a process. */
export function createAuditLog(engine: Engine): AuditLog {
  const { db } = engine.connection;
  const isFirst = createMinuteMemory(engine.clock);
  let waiting = 0;
  const record: AuditLog["record"] = (note, client) => appendAudit(db, [completeEntry(engine, note, client)]);
  return {
    record,
    recordOnce(key, note, client) {
      if (!isFirst(key)) return;
      if (waiting >= MOST_WAITING)
        return engine.log.error({ audit: note.what }, "an audit entry was left out: too many wait");
      waiting++;
      record(note, client)
        .catch((err: unknown) => engine.log.error({ err, audit: note.what }, "an audit entry could not be stored"))
        .finally(() => waiting--);
    },
    list: (filter) => readAuditEntries(db, filter),
    async mayRead(person) {
      const policy = engine.policy();
      const { auditors } = policy;
      const groups = await groupsOf(engine, person, auditors.filter(isGroupRule));
      return auditors.some((rule) => meetsRule(policy, rule, person, null, groups));
    },
  };
}

/** Writes that someone reads a private incident, the first time in a minute. What cannot be recorded is not shown. */
export function createReadNotes(
  engine: Pick<Engine, "clock" | "client" | "connection" | "policy">,
): (incident: Incident, person: Person) => Promise<void> {
  const isFirst = createMinuteMemory(engine.clock);
  return async (incident, person) => {
    if (!incident.private || !isFirst(`${incident.number} ${person.id}`)) return;
    const note: AuditNote = {
      kind: "read",
      what: "incident.read",
      subject: incidentId(incident.number),
      result: "unchanged",
      person: { id: person.id, name: person.name },
      text: "",
    };
    await appendAudit(engine.connection.db, [completeEntry(engine, note)]);
  };
}

function completeEntry(
  { clock, client: asking, policy }: Pick<Engine, "clock" | "client" | "policy">,
  note: AuditNote,
  known?: RequestClient,
): AuditEntry {
  const client = known ?? asking?.() ?? null;
  return {
    ...note,
    text: maskStoredText(policy(), note.text),
    at: clock(),
    way: client?.way ?? (note.person === null ? "muster" : wayOfActor(note.person)),
    address: client?.address ?? null,
  };
}

/** Whether a key comes for the first time in a minute. */
function createMinuteMemory(clock: () => Instant): (key: string) => boolean {
  const seen = new Map<string, Instant>();
  return (key) => {
    const now = clock();
    const last = seen.get(key);
    if (last !== undefined && now - last < MINUTE_MS && now >= last) return false;
    seen.delete(key);
    if (seen.size >= REMEMBERED) seen.delete(seen.keys().next().value!);
    seen.set(key, now);
    return true;
  };
}
