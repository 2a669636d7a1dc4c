/** Whom a page is for, as it is shown and stored: "Alice, Bob". */
export function joinRecipients(names: readonly string[]): string {
  return names.join(", ");
}

/** The names of whom a page is for. Whom `isKnown` knows is one, also with a comma in their name. */
export function splitRecipients(to: string, isKnown: (name: string) => boolean = () => false): readonly string[] {
  const words = to.split(", ");
  const names: string[] = [];
  for (let from = 0, until = words.length; from < words.length; until = words.length) {
    while (until > from + 1 && !isKnown(words.slice(from, until).join(", "))) until--;
    names.push(words.slice(from, until).join(", "));
    from = until;
  }
  return names;
}
