import type { DatabaseConnection } from "#db/client.ts";
import type { DatabaseClock } from "#db/place/database-clock.ts";
import type { RequestClient } from "#domain/reporting/audit-entry.ts";
import type { Instant, Lane } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { WebhookSource } from "#domain/deliveries/webhook-source.ts";
import type { AlertSource } from "#ports/alert-source.ts";
import type { Chat } from "#ports/chat.ts";
import type { DocumentStore } from "#ports/documents.ts";
import type { Paging } from "#ports/paging.ts";
import type { SignIn } from "#ports/sign-in.ts";
import type { Tickets } from "#ports/tickets.ts";
import type { AutomationRuntime } from "./run-ports.ts";

/** What the loop stands on. Everything that differs between production, tests and the demo is in here. */
export type Engine = {
  readonly connection: DatabaseConnection;
  /** The policy in force; read again for each piece of work, so that a reload takes effect at once. */
  readonly policy: () => Policy;
  /** The time by which facts are dated and deadlines are set. */
  readonly clock: () => Instant;
  /** The time by which claims, leases and due times are compared: one for all processes. */
  readonly databaseClock: DatabaseClock;
  readonly newId: () => string;
  /** A word of letters and digits that there was never before, also not in a database that a backup was made of. */
  readonly newSalt: () => string;
  /** 0 ≤ n < 1: jitter. */
  readonly random: () => number;
  readonly chat: Chat;
  readonly paging: Paging;
  readonly tickets: Tickets;
  /** Where documents are kept, when that is set up. */
  readonly documents: DocumentStore | null;
  /** The settings that set it up: "X and Y". */
  readonly documentSettings?: string | null;
  /** The monitoring systems that may be asked what fires. */
  readonly alertSources: readonly AlertSource[];
  /** Who sends alerts, and how what they send is read. */
  readonly webhookSources: readonly WebhookSource[];
  readonly publicUrl: string;
  /** Runbooks, and what they act through; absent: none run. */
  readonly automation?: AutomationRuntime;
  /** People can sign in on our own pages. */
  readonly signIn?: boolean;
  /** The ways by which they do. */
  readonly signIns?: readonly SignIn[];
  /** The settings that an operator needs for it: "set X and Y". */
  readonly signInSettings?: string | null;
  /** MUSTER_AUTOMATION=off: no step of any runbook starts in this process. */
  readonly automationOff?: boolean;
  /** Where the request that is being answered came from; null outside of a request. */
  readonly client?: () => RequestClient | null;
  /** Wakes a lane's workers: something is due in `delayMs` from now. Never rejects; a lost nudge costs a second. */
  readonly wakeLane: (lane: Lane, wake: { readonly urgency: number; readonly delayMs: number }) => void;
  /** ms that a claimed effect is its performer's; absent: long enough for any port (perform.ts). */
  readonly leaseMs?: number;
  /** The process is going down: finish what is in hand, begin nothing. */
  readonly stopping: () => boolean;
  /** Whether work may be taken: not while the process goes down, nor while its clock is too far from the database's. */
  readonly taking: () => boolean;
  readonly observe: LoopObserver;
  readonly log: EngineLog;
};

/**
 * Gets every step of the loop, in order. Metrics and traces hang here, and the tests that kill the process at each of
 * them.
 */
export type LoopObserver = (step: LoopStep) => void;

export type LoopStep =
  | { readonly step: "submit.storing" | "submit.stored"; readonly count: number }
  | { readonly step: "apply.deciding"; readonly count: number }
  | { readonly step: "apply.committing"; readonly count: number }
  | { readonly step: "apply.committed"; readonly count: number; readonly ms: number }
  | { readonly step: "apply.failed"; readonly type: string }
  | { readonly step: "perform.claimed"; readonly type: string; readonly lane: Lane; readonly waitedMs: number }
  | { readonly step: "perform.called"; readonly type: string; readonly lane: Lane }
  | {
      readonly step: "perform.finished";
      readonly type: string;
      readonly lane: Lane;
      readonly outcome: "done" | "waiting" | "retry" | "failed";
      readonly ms: number;
    }
  | { readonly step: "run.claimed"; readonly run: number }
  | {
      readonly step: "run.starting" | "run.started" | "run.acted" | "run.written";
      readonly run: number;
      readonly id: string;
      readonly idx: number;
    }
  | { readonly step: "lane.woken"; readonly lane: Lane; readonly by: "queue" | "polling" }
  | { readonly step: "timers.fired"; readonly count: number }
  | { readonly step: "escalation.audited"; readonly repaired: number }
  | { readonly step: "incident.opened" | "incident.resolved"; readonly priority: string };

/** Structured log lines; pino fits. */
export type EngineLog = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};
