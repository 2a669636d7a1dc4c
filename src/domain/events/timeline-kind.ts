/** What people see apart in a timeline: its filter offers these. */
export const TIMELINE_KINDS = ["people", "alerts", "pages", "notes", "roles", "tasks", "runs", "trouble"] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];
