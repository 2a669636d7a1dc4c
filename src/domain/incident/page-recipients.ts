/** Whom a page is for, as it is shown and stored: "Alice, Bob". */
export function joinRecipients(names: readonly string[]): string {
  return names.join(", ");
}

/** The names of the people whom a page is for. A name that `isKnown` accepts is one name, even with a comma in it. */
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
