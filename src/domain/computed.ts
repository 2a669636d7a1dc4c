/** A computed cell and the numbers of the events it comes from. */
export type Computed<T> = { readonly value: T; readonly from: readonly number[] };
