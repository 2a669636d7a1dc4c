import type { AutomationRuntime } from "#engine/automation/run-ports.ts";
import type { LoopObserver } from "#engine/loop/engine.ts";
import type { Chat } from "#ports/chat.ts";
import type { DocumentStore } from "#ports/documents.ts";
import type { Paging } from "#ports/paging.ts";
import type { Tickets } from "#ports/tickets.ts";
import type { Integration } from "./integrations/integration.ts";

/** What tests and the demo put in the place of the world. */
export type StartOverrides = {
  readonly clock?: () => number;
  readonly newId?: () => string;
  readonly random?: () => number;
  /** The vendors there are, instead of the product's own list. */
  readonly integrations?: readonly Integration[];
  readonly chat?: Chat;
  readonly paging?: Paging;
  readonly tickets?: Tickets;
  readonly automata?: AutomationRuntime;
  readonly documents?: DocumentStore;
  readonly observe?: LoopObserver;
  /** How many ms of `clock` pass in a real one: a demo tells 22 minutes in one. */
  readonly pace?: number;
  /** ms between two sweeps; null: none, the test drives the lanes itself. */
  readonly sweepEvery?: number | null;
  /** ms after which an effect that was begun and not finished is begun anew. */
  readonly leaseMs?: number;
  /** false: nothing is consumed from the queue. */
  readonly consume?: boolean;
};
