/** A computed cell and the numbers of the events it comes from. */
export type ComputedValue<T> = { readonly value: T; readonly from: readonly number[] };
