import type { Express } from "express";
import type { AppConfig } from "#config/app-config.ts";
import type { Instant } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { SignatureReport } from "#handlers/access/refused-signatures.ts";
import type { CommandDoor } from "#handlers/command-reply.ts";
import type { HealthCheck } from "#handlers/health.ts";
import type { VendorAllowances } from "#ports/allowances.ts";
import type { AlertSource } from "#ports/alert-source.ts";
import type { Chat } from "#ports/chat.ts";
import type { ChatPlatform } from "#ports/chat-platform.ts";
import type { DocumentStore } from "#ports/documents.ts";
import type { Paging } from "#ports/paging.ts";
import type { SignIn } from "#ports/sign-in.ts";

/** Counts the requests to vendors; `ms` is how long one took. */
export type VendorCalls = {
  readonly chatCall: (call: {
    readonly chat: string;
    readonly method: string;
    readonly outcome: string;
    readonly ms: number;
  }) => void;
  readonly pagerCall: (call: { readonly operation: string; readonly outcome: string; readonly ms: number }) => void;
  readonly trackerCall: (call: {
    readonly tracker: string;
    readonly operation: string;
    readonly outcome: string;
    readonly ms: number;
  }) => void;
};

/** A vendor's configuration. Settings outside of AppConfig are read by `config.variable`. */
export type IntegrationSetup = {
  readonly config: AppConfig;
  /** The policy in force; it changes when the file is read again. */
  readonly policy: () => Policy;
  readonly clock: () => Instant;
  /** The machine's own, which a library may read instead of `clock`. */
  readonly machineClock: () => Instant;
  /** ms that go on evenly and from nowhere in particular: for allowances and pauses, which no step of a clock may change. */
  readonly monotonic: () => number;
  readonly metrics: VendorCalls;
  /** What all processes together may ask of a vendor. */
  readonly allowances: VendorAllowances;
};

/** What a vendor's doors are given. No body parser runs before them. */
export type DoorMount = {
  readonly app: Express;
  readonly door: CommandDoor;
  readonly pager: Paging;
  readonly onError: (error: unknown) => void;
  /** For the log. */
  readonly warn: (message: string) => void;
  /** For a request that is refused for its signature: it is counted, logged once a minute, and stands in the audit log. */
  readonly badSignature: SignatureReport;
  /** The machine's clock, for what others have stamped with theirs. */
  readonly wallClock: () => Instant;
};

/** A vendor's open doors: what to probe of them, and the line that Muster dials itself, if there is one. */
export type DoorLine = {
  readonly checks?: readonly HealthCheck[];
  readonly start?: () => Promise<unknown>;
  readonly stop?: () => Promise<unknown>;
};

/** What a configured vendor offers; what is absent it does not offer. */
export type IntegrationOffer = {
  readonly chat?: Chat;
  readonly paging?: Paging;
  readonly documents?: DocumentStore;
  readonly alertSources?: readonly AlertSource[];
  readonly signIn?: SignIn;
  /** Mounts the ways by which its people and programs reach us; also what answers while it is not set up. */
  readonly mountDoors?: (mount: DoorMount) => DoorLine;
};

/** The result of one check of one dependency; `says` names the fix when it is not `ok`. */
export type DoctorFinding = { readonly what: string; readonly ok: boolean; readonly says: string };

/** What a dry run stands in for until the vendor is set up. */
export type VendorSetup = {
  readonly offers: "chat" | "paging";
  readonly isSetUp: (config: AppConfig) => boolean;
  /** "Set X and Y to …", without the stop at the end. */
  readonly hint: string;
  /** What is missing still once it is set up, a sentence each. */
  readonly warnings?: (config: AppConfig) => readonly string[];
};

/** One vendor. */
export type Integration = {
  /** For metrics, and the first part of the paths of its doors. */
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  /** What is known of its chat before it is set up; only for a chat platform. */
  readonly platform?: ChatPlatform;
  /** It loads its library here, and only when it is set up: what is not used costs neither memory nor time at the start. */
  readonly connect: (setup: IntegrationSetup) => IntegrationOffer | Promise<IntegrationOffer>;
  /** What people must do to set up its chat or pager; only for one that has such. */
  readonly setup?: VendorSetup;
  /** Asks it for real (`muster doctor`). */
  readonly check?: (config: AppConfig, clock: () => Instant) => Promise<readonly DoctorFinding[]>;
  /** The settings without which it keeps no documents: "GITHUB_TOKEN"; only for a place of documents. */
  readonly documentSettings?: string;
  readonly checkDocuments?: (config: AppConfig, clock: () => Instant) => Promise<readonly DoctorFinding[]>;
  /** It is asked at each start, too: what is wrong would be found out at the first alarm. */
  readonly checkedAtStart?: boolean;
};
