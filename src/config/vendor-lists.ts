import { withReferences } from "#domain/paging/policy-references.ts";
import { policyShape } from "#domain/policy/policy.ts";
import type { ChatPolicyKeys, PolicyVendors } from "#domain/policy/policy-vendors.ts";
import { githubTracker } from "#integrations/github/github-tracker.ts";
import { jiraTracker } from "#integrations/jira/jira-tracker.ts";
import { SLACK_POLICY_KEYS } from "#integrations/slack/slack-platform.ts";
import type { TrackerDefinition } from "#ports/tracker.ts";

/** Every tracker there is, one a line. */
export const TRACKER_LIST: readonly TrackerDefinition[] = [githubTracker, jiraTracker];

/** Chats with a key of their own in the policy; every other one's ids stand under `people.<name>.chat`. */
const CHATS: readonly ChatPolicyKeys[] = [SLACK_POLICY_KEYS];

/** What the vendors add to the policy when these are the trackers. */
export function policyVendors(trackers: readonly TrackerDefinition[]): PolicyVendors {
  return { chats: CHATS, trackers };
}

export const POLICY_VENDORS = policyVendors(TRACKER_LIST);

/** `muster.yaml`, as Muster takes it. */
export const PolicyFile = withReferences(policyShape(POLICY_VENDORS));
