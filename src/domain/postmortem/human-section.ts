/**
 * The parts only people can write. Their text is kept apart from everything computed, under these names, so that
 * computing again (a late note, a corrected time) never touches a word of it.
 */
export const HUMAN_SECTIONS = {
  reviewers: "Who reviews this, and when it is talked about",
  summary: "What happened, in two sentences for someone who was not there",
  background: "What had changed before: deployments, settings, load, other work",
  impact: "Which customers noticed what, with numbers",
  fault: "What actually broke, and what set it off",
  detection: "How could the time to detect be halved?",
  recovery: "What made it better, and why it worked",
  gaps: "What happened in each gap of the timeline, or why it stays open",
  root_cause: "The primary cause, and what made it possible",
  not_caught: "Why was it not caught earlier?",
  surprised: "What surprised us?",
  went_well: "What went well",
  could_be_better: "What could have been better, each with the alert or test that was added",
  lucky: "Where we were lucky",
  risks: "What may still happen, and what is not known yet",
  recurrence: "Has this happened before, and did what was to be done then help?",
  external: "What customers are told: what happened, what was done, what will be; the apology",
  action_items: "| Priority | Action | Type | Owner | Due | Ticket |",
  lessons: "Lessons learned",
  process: "Process improvements",
} as const;
export type HumanSection = keyof typeof HUMAN_SECTIONS;
export type HumanTexts = Partial<Readonly<Record<HumanSection, string>>>;

export const HUMAN_SECTION_NAMES = Object.keys(HUMAN_SECTIONS) as readonly HumanSection[];
