import type { IncomingMessage, ServerResponse } from "node:http";
import { createRefusalLedger } from "#engine/alerting/refusal-ledger.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";
import type { RequestGuard } from "#handlers/access/token-guard.ts";
import type { AuditLog } from "#ports/audit-log.ts";
import { openWebhook } from "#handlers/webhooks/webhook-door.ts";

type AlertDoor = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** What the doors of alerts stand on. */
type AlertDoorParts = {
  readonly engine: Engine;
  readonly submit: SubmitCommand;
  readonly guard: RequestGuard;
  readonly audit: AuditLog;
  readonly onError: (error: unknown) => void;
  readonly stopwatch: () => () => number;
  readonly metrics: {
    request(door: string, status: number, ms: number): void;
    alerts(source: string, count: number): void;
  };
};

/** The doors that alerts come in by, each by its address: they answer before anything else is looked at. */
export function alertDoors({
  engine,
  submit,
  guard,
  audit,
  onError,
  stopwatch,
  metrics,
}: AlertDoorParts): ReadonlyMap<string, AlertDoor> {
  const { policy, clock } = engine;
  const door = {
    submit,
    policy,
    clock,
    stopwatch,
    guard,
    audit,
    onError,
    ledger: createRefusalLedger(engine, submit),
    onAnswer(source: string, status: number, alerts: number, ms: number) {
      metrics.request(source, status, ms);
      if (alerts > 0) metrics.alerts(source, alerts);
    },
  };
  return new Map(
    engine.webhookSources.map((source) => [`/webhooks/${source.name}`, openWebhook(door, source)] as const),
  );
}
