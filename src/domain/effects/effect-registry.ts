import * as automation from "#domain/effects/definitions/automation-effects.ts";
import * as channel from "#domain/effects/definitions/channel-effects.ts";
import * as oncall from "#domain/effects/definitions/oncall-effects.ts";
import * as paging from "#domain/effects/definitions/paging-effects.ts";
import * as postmortem from "#domain/effects/definitions/postmortem-effects.ts";
import * as reporting from "#domain/effects/definitions/reporting-effects.ts";
import * as response from "#domain/effects/definitions/response-effects.ts";
import * as tickets from "#domain/effects/definitions/ticket-effects.ts";
import { indexDefinitions, listDefinitions, type DefinitionIn } from "#domain/values/definition-index.ts";
import { incidentId } from "#domain/values/language.ts";
import type { AnyEffect, AnyEffectDefinition } from "./effect-definition.ts";

/** Every effect there is. What a file of effects exports is in it: a new effect is one object in one of them. */
const EFFECTS = [paging, channel, response, oncall, automation, postmortem, reporting, tickets] as const;

type Definitions = DefinitionIn<(typeof EFFECTS)[number]>;
type EffectOfDefinition<D> = D extends { key(effect: infer E, of: string): string } ? E : never;

/** A request to the world outside, stored together with the event that it follows from. */
export type Effect = EffectOfDefinition<Definitions>;

export type EffectType = Effect["type"];

/** The effects of a type. */
export type EffectOfType<T extends EffectType> = Extract<Effect, { readonly type: T }>;

const BY_TYPE = indexDefinitions<AnyEffectDefinition>(listDefinitions(EFFECTS), ({ type }) => [type]);

/**
 * The core's answers about an effect of a type. @throws for a type that no definition has: written by a newer version
 */
export function effectDefinition({ type }: AnyEffect): AnyEffectDefinition {
  const definition = BY_TYPE.get(type);
  if (definition === undefined) throw new Error(`bug: no effect is called ${type}`);
  return definition;
}

/** What makes asking twice the same as asking once. */
export function effectKey(effect: Effect, incident: number | null): string {
  const definition = effectDefinition(effect);
  return definition.key(
    effect,
    definition.shared || incident === null ? effect.type : incidentEffectKey(effect.type, incident),
  );
}

/** What the keys of an incident's effects of a type begin with; the whole key of those that coalesce. */
export function incidentEffectKey(type: EffectType, incident: number): string {
  return `${type}:${incidentId(incident)}`;
}
