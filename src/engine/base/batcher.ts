/**
 * Grouped commit: items that arrive while a commit is in flight share the next one. No timer: an idle system
 * commits at once, a busy one in ever larger groups. Every caller waits for the commit that holds its item.
 * A group that fails for what is in it (`isFaultOfItems`) is tried item by item, so that no one fails for a neighbour.
 * @param commit stores all items, or none and rejects
 * @param limits what one group may hold at the most (items, and the sum of their sizes), and how many commits may be
 *   in flight at once (1): with two, the next group travels while the disk still writes the one before
 */
export function createBatcher<T>(
  commit: (items: readonly T[]) => Promise<void>,
  limits: {
    readonly items: number;
    readonly size: number;
    readonly inFlight?: number;
    readonly sizeOf: (item: T) => number;
    readonly isFaultOfItems: (error: unknown) => boolean;
  },
): (item: T) => Promise<void> {
  type Waiting = { readonly item: T; readonly done: () => void; readonly failed: (error: unknown) => void };
  let waiting: Waiting[] = [];
  let busy = 0;

  const takeGroup = (): Waiting[] => {
    let size = 0;
    let count = 0;
    while (count < waiting.length && count < limits.items) {
      size += limits.sizeOf(waiting[count]!.item);
      if (count > 0 && size > limits.size) break;
      count++;
    }
    const group = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return group;
  };

  const settle = async (group: readonly Waiting[]): Promise<void> => {
    try {
      await commit(group.map(({ item }) => item));
      for (const { done } of group) done();
    } catch (error) {
      if (group.length > 1 && limits.isFaultOfItems(error)) for (const one of group) await settle([one]);
      else for (const { failed } of group) failed(error);
    }
  };

  const run = async (): Promise<void> => {
    busy++;
    while (waiting.length > 0) {
      // What arrived in the same turn of the event loop shares the group.
      await new Promise(setImmediate);
      const group = takeGroup();
      if (group.length > 0) await settle(group);
    }
    busy--;
  };

  return (item) =>
    new Promise<void>((done, failed) => {
      waiting.push({ item, done, failed });
      if (busy < (limits.inFlight ?? 1)) void run();
    });
}
