import { onCallForTeam } from "#domain/oncall/oncall.ts";
import { routedPerson } from "#domain/policy/people.ts";
import { isGroupRule } from "#domain/response/permission.ts";
import {
  joinText,
  mentionGroup,
  mentionPerson,
  richText,
  toRichText,
  type RichText,
} from "#domain/values/rich-text.ts";
import { PortError } from "#ports/port-error.ts";
import type { Engine } from "#engine/base/engine.ts";
import { loadRoster } from "#engine/oncall/oncall-roster.ts";

/**
 * Whom a rule of a runbook names, so that they are called where it is posted: a team through who is on call for it, or all
 * of it when no one is; a person; a group of the chat. Roles, and what the chat does not answer for now, stay words.
 */
export async function mentionRule(engine: Engine, rule: string): Promise<RichText> {
  const policy = engine.policy();
  const name = rule.replace(/^@/, "");
  const mention = (id: string): RichText => {
    const { chatId, name: called } = routedPerson(policy, id);
    return mentionPerson({ id: chatId ?? id, name: called });
  };
  if (Object.hasOwn(policy.teams, name)) {
    const now = engine.clock();
    const { primary } = onCallForTeam(await loadRoster(engine, now), name, now);
    const people = primary.length > 0 ? primary : policy.teams[name]!.members;
    return people.length === 0 ? toRichText(rule) : richText`${rule} (${joinText(people.map(mention), ", ")})`;
  }
  if (Object.hasOwn(policy.people, name)) return mention(name);
  if (!isGroupRule(rule) || engine.chat.groupId === undefined) return toRichText(rule);
  try {
    const id = await engine.chat.groupId(rule);
    return id === null ? richText`${rule} (there is no such group)` : mentionGroup({ handle: rule, id });
  } catch (error) {
    if (error instanceof PortError) return toRichText(rule);
    throw error;
  }
}

/** All who may answer what a run asks; null: it names no one, so those who respond may. */
export async function mentionRules(engine: Engine, rules: readonly string[]): Promise<RichText | null> {
  if (rules.length === 0) return null;
  return joinText(await Promise.all(rules.map((rule) => mentionRule(engine, rule))), ", ");
}
