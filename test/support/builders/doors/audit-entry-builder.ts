import type { AuditEntry } from "#domain/reporting/audit-entry.ts";
import { ALICE } from "#test/support/builders/people.ts";
import { NOW } from "#test/support/builders/instants.ts";

/** An entry of the audit log: Alice acknowledged INC-1 in the chat. */
export function anAuditEntry(fields: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: NOW,
    kind: "command",
    what: "incident.acknowledge",
    subject: "INC-1",
    result: "applied",
    way: "slack",
    person: { id: ALICE.id, name: ALICE.name },
    address: "192.0.2.7",
    text: "{}",
    ...fields,
  };
}
