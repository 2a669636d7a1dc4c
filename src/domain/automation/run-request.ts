import type { Instant } from "#domain/values/language.ts";

/** What people ask of runbooks. `hash`: what they saw when they answered; null when they did not say. */
export type RunRequest =
  | { readonly do: "list" }
  | { readonly do: "show"; readonly name: string }
  | { readonly do: "run"; readonly name: string; readonly labels: Readonly<Record<string, string>> }
  | { readonly do: "cancel"; readonly run: number }
  /** `signedInAt`: when whoever answers on our own page proved who they are; a click in the chat proves less. */
  | {
      readonly do: "approve" | "deny";
      readonly run: number;
      readonly hash: string | null;
      readonly signedInAt?: Instant;
    }
  /** `of`: the line of the journal that they saw, "1.2"; null when they did not say. */
  | {
      readonly do: "settle";
      readonly run: number;
      readonly answer: "happened" | "again" | "stop";
      readonly of?: string | null;
    }
  | {
      readonly do: "switch";
      readonly scope: "all" | "service" | "runbook";
      readonly name: string;
      readonly on: boolean;
    };
