import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import type { AnyEffect } from "#domain/effects/effect-definition.ts";
import type { Effect, EffectOfType, EffectType } from "#domain/effects/effect-registry.ts";
import { PortError } from "#ports/port-error.ts";
import type { EffectContext, EffectResult } from "#engine/base/effect-context.ts";
import { reportNothing, type EffectPerformer, type EffectPerformers } from "#engine/base/effect-performer.ts";
import { approvalPerformers } from "#engine/automation/approval-messages.ts";
import { runPerformers } from "#engine/automation/run-performers.ts";
import { channelPerformers } from "#engine/channel/channel-performers.ts";
import { oncallPerformers } from "#engine/oncall/oncall-performers.ts";
import { pagingPerformers } from "#engine/paging/paging-performers.ts";
import { postmortemPerformers } from "#engine/postmortem/postmortem-performers.ts";
import { reportingPerformers } from "#engine/reporting/reporting-performers.ts";
import { responsePerformers } from "#engine/response/response-performers.ts";
import { ticketPerformers } from "#engine/tickets/ticket-performers.ts";

/** Every effect has its performer in one of the rooms; one without does not compile. */
const PERFORMERS: EffectPerformers = {
  ...pagingPerformers,
  ...channelPerformers,
  ...responsePerformers,
  ...oncallPerformers,
  ...runPerformers,
  ...approvalPerformers,
  ...postmortemPerformers,
  ...reportingPerformers,
  ...ticketPerformers,
};

/** A performer with the effect that it is about. */
type BoundPerformer = {
  perform(context: EffectContext): Promise<EffectResult>;
  failed(reason: string): readonly IncidentCommand[];
  delayed(reason: string): readonly IncidentCommand[];
  readonly outlastsRefusals?: true;
};

/** Performs an effect, and has the incident's commands for its failure. */
export function performerOf(effect: Effect): BoundPerformer {
  return Object.hasOwn(PERFORMERS, effect.type) ? bindPerformer(effect.type, effect) : newerPerformer(effect);
}

/** The type is separate from the effect, so that the compiler matches effect and performer. */
function bindPerformer<T extends EffectType>(type: T, effect: EffectOfType<T>): BoundPerformer {
  const performer: EffectPerformer<T> = PERFORMERS[type];
  return {
    ...(performer.outlastsRefusals === undefined ? {} : { outlastsRefusals: true }),
    perform: (context) => performer.perform(effect, context),
    failed: (reason) => performer.failed(effect, reason),
    delayed: (reason) => performer.delayed(effect, reason),
  };
}

/** A newer version, which runs beside this one, asked for something that only it can do: it is left until that has it. */
function newerPerformer({ type }: AnyEffect): BoundPerformer {
  return {
    perform: () =>
      Promise.reject(new PortError("unsupported", `no effect is called ${type} in this version`, { retryable: true })),
    failed: reportNothing,
    delayed: reportNothing,
  };
}
