import type { TestAlert } from "#test/support/harness/processes/alert-sender.ts";

/** The incident that two versions handle together. */
export const ERROR_RATE: TestAlert = {
  name: "HighErrorRate",
  severity: "P1",
  service: "payment-service",
  summary: "Error rate 15 %",
};
/** An alert for which a runbook asks to do something. */
export const STUCK_MAILS: TestAlert = { name: "Stuck", severity: "P2", service: "mail-service", summary: "Mails wait" };
