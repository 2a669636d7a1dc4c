import type { StoredAuditEntry } from "#domain/reporting/audit-entry.ts";
import { formatIso } from "#domain/values/instant.ts";

/** How the audit log is exported: JSON lines, syslog (RFC 5424), or CEF in syslog. */
export const AUDIT_FORMATS = ["json", "syslog", "cef"] as const;
export type AuditFormat = (typeof AUDIT_FORMATS)[number];

/** One line for an entry. */
export function formatAuditEntry(entry: StoredAuditEntry, format: AuditFormat): string {
  switch (format) {
    case "json":
      return JSON.stringify({ ...entry, at: formatIso(entry.at) });
    case "syslog":
      return `${syslogHead(entry)} ${structuredData(entry)} ${oneLine(entry.text)}`.trimEnd();
    case "cef":
      return `${syslogHead(entry)} - ${cef(entry)}`;
  }
}

/** Facility 13 is the log audit; a refusal is a warning (4), anything else a notice (5). */
const FACILITY = 13;

function syslogHead({ at, kind, result }: StoredAuditEntry): string {
  return `<${FACILITY * 8 + (isDeclined(result) ? 4 : 5)}>1 ${formatIso(at)} - muster - ${kind}`;
}

function isDeclined(result: StoredAuditEntry["result"]): boolean {
  return result === "refused" || result === "failed";
}

/** 32473 is the number that RFC 5612 keeps for examples and private use in documents. */
function structuredData(entry: StoredAuditEntry): string {
  const fields = fieldsOf(entry).map(([name, value]) => `${name}="${oneLine(value).replace(/[\\"\]]/g, "\\$&")}"`);
  return `[audit@32473 ${fields.join(" ")}]`;
}

function fieldsOf(entry: StoredAuditEntry): readonly (readonly [string, string])[] {
  const { seq, what, subject, result, way, person, address, hash } = entry;
  const fields: readonly (readonly [string, string | null | undefined])[] = [
    ["seq", String(seq)],
    ["what", what],
    ["subject", subject],
    ["result", result],
    ["way", way],
    ["person", person?.id],
    ["name", person?.name],
    ["address", address],
    ["hash", hash],
  ];
  return fields.flatMap(([name, value]) => (value == null ? [] : [[name, value] as const]));
}

function cef(entry: StoredAuditEntry): string {
  const { what, kind, result, person, address, at, text, subject, way, seq, hash } = entry;
  const header = ["Muster", "Muster", "1", what, kind].map((each) => oneLine(each).replace(/[\\|]/g, "\\$&"));
  const fields: readonly (readonly [string, string | null | undefined])[] = [
    ["rt", String(at)],
    ["externalId", String(seq)],
    ["outcome", result],
    ["suid", person?.id],
    ["suser", person?.name],
    ["src", address],
    ["cs1Label", "subject"],
    ["cs1", subject],
    ["cs2Label", "way"],
    ["cs2", way],
    ["cs3Label", "hash"],
    ["cs3", hash],
    ["msg", text],
  ];
  const extension = fields.flatMap(([name, value]) =>
    value == null || value === "" ? [] : [`${name}=${oneLine(value).replace(/[\\=]/g, "\\$&")}`],
  );
  return `CEF:0|${header.join("|")}|${isDeclined(result) ? 6 : 3}|${extension.join(" ")}`;
}

/** A line is an entry: what would begin another is escaped, and so is what a terminal obeys. */
function oneLine(text: string): string {
  return (
    text
      .toWellFormed()
      .replace(/\r?\n/g, "\\n")
      // oxlint-disable-next-line no-control-regex
      .replace(/[\0-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "?")
  );
}
