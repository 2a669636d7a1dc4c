/** The longest name of a channel that chats take. */
const MAX_LENGTH = 80;

/**
 * `inc-<n>-<slug>`, at most 80 characters of a–z, 0–9 and "-": the number first, so that names sort and never collide
 * with each other; the slug from the title, cut between words.
 */
export function channelName(number: number, title: string): string {
  const prefix = `inc-${number}`;
  const slug = title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  // Room for "-12" in case someone else has the name.
  const room = MAX_LENGTH - 4 - prefix.length - 1;
  const cut =
    slug.length <= room
      ? slug
      : slug
          .slice(0, room + 1)
          .replace(/-[^-]*$/, "")
          .slice(0, room);
  return cut === "" ? prefix : `${prefix}-${cut}`;
}
