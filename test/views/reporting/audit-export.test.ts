import fc from "fast-check";
import { expect, test } from "vitest";
import type { StoredAuditEntry } from "#domain/reporting/audit-entry.ts";
import { AUDIT_FORMATS, formatAuditEntry } from "#views/reporting/audit-export.ts";
import { anAuditEntry } from "#test/support/builders/doors/audit-entry-builder.ts";

const stored = (fields: Partial<StoredAuditEntry> = {}): StoredAuditEntry => ({
  ...anAuditEntry({ at: Date.UTC(2026, 10, 30, 3), text: 'said "yes" = | ]' }),
  seq: 7,
  hash: "ab12",
  erased: false,
  ...fields,
});

test("an entry as JSON, as syslog and as CEF", () => {
  expect(JSON.parse(formatAuditEntry(stored(), "json"))).toMatchObject({ seq: 7, at: "2026-11-30T03:00:00.000Z" });
  expect(formatAuditEntry(stored(), "syslog")).toBe(
    '<109>1 2026-11-30T03:00:00.000Z - muster - command [audit@32473 seq="7" what="incident.acknowledge" subject="INC-1" result="applied" way="slack" person="U0ALICE01" name="Alice" address="192.0.2.7" hash="ab12"] said "yes" = | ]',
  );
  expect(formatAuditEntry(stored({ result: "refused" }), "cef")).toBe(
    '<108>1 2026-11-30T03:00:00.000Z - muster - command - CEF:0|Muster|Muster|1|incident.acknowledge|command|6|rt=1796007600000 externalId=7 outcome=refused suid=U0ALICE01 suser=Alice src=192.0.2.7 cs1Label=subject cs1=INC-1 cs2Label=way cs2=slack cs3Label=hash cs3=ab12 msg=said "yes" \\= | ]',
  );
});

test("whatever someone wrote, an entry is one line that no terminal obeys", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(text, text, fc.constantFrom(...AUDIT_FORMATS), (words, name, format) => {
      const line = formatAuditEntry(stored({ text: words, person: { id: name, name } }), format);
      // oxlint-disable-next-line no-control-regex
      expect(line).not.toMatch(/[\n\r\u001b\0]/);
    }),
  );
});
