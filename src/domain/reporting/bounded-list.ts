/** A part of a list, and how many the whole list has. */
export type BoundedList<T> = { readonly count: number; readonly items: readonly T[] };

/** Which part: at most `limit`, after `offset` others. */
export type ListBounds = { readonly limit: number; readonly offset: number };

/** Entries of each list of a report, when nothing else is asked for. */
export const REPORT_BOUNDS: ListBounds = { limit: 50, offset: 0 };

/** The part of a list that bounds name. */
export function boundList<T>(whole: readonly T[], { limit, offset }: ListBounds): BoundedList<T> {
  return { count: whole.length, items: whole.slice(offset, offset + limit) };
}
