/** How people were called to an alarm that was open already: by name, or by the pager's own next level. */
type Reinforcement = "responder request" | "escalation";

/** The stored way of a page that joined an open alarm of `pager`: "pagerduty responder request". */
export function composePageRoute(pager: string, by: Reinforcement): string {
  return `${pager} ${by}`;
}

/** Whether a page joined an alarm that was open already, in whichever way. */
export function isReinforcement(via: string): boolean {
  return isPageRoute(via, "responder request") || isPageRoute(via, "escalation");
}

/** Whether a page went this way; `via`: its stored way, null while it is not sent. */
export function isPageRoute(via: string | null, by: Reinforcement): boolean {
  return via?.endsWith(` ${by}`) === true;
}
