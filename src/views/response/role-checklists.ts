import type { Role } from "#domain/values/language.ts";
import { markedText, type RichText } from "#domain/values/rich-text.ts";

/** What each role is for, as steps: sent to the person who gets it. */
export const ROLE_CHECKLISTS: Readonly<Record<Role, readonly RichText[]>> = {
  commander: [
    markedText("Post in the channel that you have command."),
    markedText("Check the priority: `/incident severity P1 REASON`."),
    markedText("Assign the roles: `/incident role tech @USER`, `comms`, `scribe`."),
    markedText("Decide, and record each decision: `/incident note TEXT`."),
    markedText("Give each person one task at a time: `/incident task TEXT @USER`."),
    markedText("Hand over before you leave: `/incident handoff @USER`."),
  ],
  tech: [
    markedText("Find out what changed: deployments, configuration, traffic, dependencies."),
    markedText("Post what you are about to do before you do it."),
    markedText("Prefer the fix that stops the pain: roll back, restart, fail over. The cause can wait."),
    markedText("Mark it when it is better: `/incident mitigate`."),
  ],
  comms: [
    markedText("Write the first update now, even if little is clear yet: `/incident update TEXT`."),
    markedText("Include what is affected, since when, what is being done, and when the next update comes."),
    markedText("Keep the time that the card promises for the next update."),
    markedText("Record what customers have read: `/incident update customer: TEXT`."),
  ],
  scribe: [
    markedText("Mark messages that matter with 📌."),
    markedText("Write down decisions, and why: `/incident note TEXT`. What was earlier: `… at 14:05`."),
    markedText("Write down what has to be done afterwards: `/incident followup TEXT @USER due friday`."),
  ],
};
