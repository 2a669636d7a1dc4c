import type { Instant } from "#domain/values/language.ts";

/** A request about a runbook. `hash`: the plan that the person saw; null when unknown. */
export type RunRequest =
  | { readonly do: "list" }
  | { readonly do: "show"; readonly name: string }
  | { readonly do: "run"; readonly name: string; readonly labels: Readonly<Record<string, string>> }
  | { readonly do: "cancel"; readonly run: number }
  /** What a run suggested is to be done, as if its runbook were of mode approve. */
  | { readonly do: "perform"; readonly run: number }
  /** `signedInAt`: when the person on our own page signed in; a click in the chat proves less. */
  | {
      readonly do: "approve" | "deny";
      readonly run: number;
      readonly hash: string | null;
      readonly signedInAt?: Instant;
    }
  /** `of`: the line of the journal that the person saw, "1.2"; null when unknown. */
  | {
      readonly do: "settle";
      readonly run: number;
      readonly answer: "happened" | "again" | "stop";
      readonly of?: string | null;
    }
  /** The person is reminded of what waits for their approval in so many ms. */
  | { readonly do: "snooze"; readonly run: number; readonly ms: number }
  | {
      readonly do: "switch";
      readonly scope: "all" | "service" | "runbook";
      readonly name: string;
      readonly on: boolean;
    };
