import type { SettingsSchema } from "#domain/values/setting-values.ts";
import type { TrackerPolicyKeys } from "#domain/policy/policy-vendors.ts";
import type { Instant } from "#domain/values/language.ts";
import type { VendorAllowances } from "./allowances.ts";
import type { Tickets } from "./tickets.ts";

/** Where a team's tickets go. `values`: its place and other settings of the policy, by the tracker's keys; what is no text is JSON. */
export type TrackerPlace = {
  readonly target: string;
  readonly values: Readonly<Record<string, string>>;
  readonly labels: readonly string[];
  readonly assignee: string | null;
};

/** `missing` names the setting without which tickets go nowhere. */
export type TicketPlace = TrackerPlace | { readonly target: null; readonly missing: string };

/** What a tracker's adapter is given. `placeOf` throws a PortError that names the setting when a team has no place there. */
export type TrackerSetup = {
  readonly placeOf: (team: string | null) => TrackerPlace;
  readonly clock: () => Instant;
  readonly allowances: VendorAllowances;
  readonly onCall: (call: { readonly operation: string; readonly outcome: string; readonly ms: number }) => void;
};

/** A tracker that is set up. */
export type TrackerAccess = {
  /** The place of teams that name none; null: there is none. */
  readonly defaultPlace: string | null;
  readonly connect: (setup: TrackerSetup) => Tickets;
  /** Asks whether a place takes tickets (`muster doctor`). Rejects with what to do. */
  readonly check: (place: TrackerPlace, clock: () => Instant) => Promise<string>;
};

/** Every answer about one vendor's tracker: one of these in its folder, and a line in `src/config/vendor-lists.ts`. */
export type TrackerDefinition = TrackerPolicyKeys & {
  /** What people call it. */
  readonly title: string;
  /** The settings that set it up. */
  readonly settings: readonly string[];
  /** The one of `keys` that names a place, and the setting for teams that name none. */
  readonly placeKey: string;
  readonly placeSetting: string;
  /** Its settings, checked before the start with all others. */
  readonly environment: SettingsSchema;
  /** What of them cannot be set without each other: each with the setting to change. */
  readonly conflicts: (values: Readonly<Record<string, unknown>>) => readonly string[];
  /** null: it is not set up. */
  readonly access: (values: Readonly<Record<string, unknown>>) => TrackerAccess | null;
  /** Recognizes its tickets by their keys, whether it is set up or not. */
  readonly owns: (key: string) => boolean;
};

/** A tracker of the list, as it is set up; `access` null: it is not. */
export type ConfiguredTracker = { readonly tracker: TrackerDefinition; readonly access: TrackerAccess | null };
