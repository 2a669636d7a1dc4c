/** What a pager writes down for us carries the key of the effect that asked for it, so that it is written once. */
export function composePagerMark(effectKey: string): string {
  return `[${effectKey}]`;
}

/** Whether a text is a note that Muster had written: it comes back from the pager as news, and is none. */
export function hasNoteMark(text: string): boolean {
  return /\[page\.annotate:INC-\d+:\d+\]/.test(text);
}
