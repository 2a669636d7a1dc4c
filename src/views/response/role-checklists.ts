import type { Role } from "#domain/values/language.ts";
import { markedText, type RichText } from "#domain/values/rich-text.ts";

/** What each role is for, as steps: sent to the person who gets it. */
export const ROLE_CHECKLISTS: Readonly<Record<Role, readonly RichText[]>> = {
  commander: [
    markedText("Say in the channel that you have command."),
    markedText("Make sure of the priority: `/incident severity P1 REASON`."),
    markedText("Give out the roles: `/incident role tech @USER`, `comms`, `scribe`."),
    markedText("Decide, and have decisions written down: `/incident note TEXT`."),
    markedText("Give no more than one task at a time to anybody: `/incident task TEXT @USER`."),
    markedText("Hand over before you leave: `/incident handoff @USER`."),
  ],
  tech: [
    markedText("Find out what changed: deployments, configuration, traffic, dependencies."),
    markedText("Say what you are about to do before you do it."),
    markedText("Prefer the fix that stops the pain: roll back, restart, fail over. The cause can wait."),
    markedText("Say when it is better: `/incident mitigate`."),
  ],
  comms: [
    markedText("Write the first update now, even if there is little to say: `/incident update TEXT`."),
    markedText("Say what is affected, since when, what is being done, and when you will write again."),
    markedText("Keep the time that the card promises for the next update."),
    markedText("Note what customers were told: `/incident update customer: TEXT`."),
  ],
  scribe: [
    markedText("Mark messages that matter with 📌."),
    markedText("Write down decisions, and why: `/incident note TEXT`. What was earlier: `… at 14:05`."),
    markedText("Write down what has to be done afterwards: `/incident followup TEXT @USER due friday`."),
  ],
};
