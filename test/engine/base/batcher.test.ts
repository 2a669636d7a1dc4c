import { expect, test } from "vitest";
import { createBatcher } from "#engine/base/batcher.ts";

class DataError extends Error {}
const LIMITS = {
  items: 3,
  size: 100,
  sizeOf: (item: string) => item.length,
  isFaultOfItems: (error: unknown) => error instanceof DataError,
};

/** A store whose commits end when a test ends them. */
function slowStore(): {
  readonly commits: string[][];
  readonly commit: (items: readonly string[]) => Promise<void>;
  readonly end: (error?: Error) => void;
} {
  const commits: string[][] = [];
  let end: (error?: Error) => void = () => {};
  return {
    commits,
    commit: (items) => {
      commits.push([...items]);
      return new Promise((resolve, reject) => (end = (error) => (error === undefined ? resolve() : reject(error))));
    },
    end: (error) => end(error),
  };
}
/** Two turns of the event loop: a group is taken a turn after its first item. */
const soon = async (): Promise<void> => {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
};

test("commits at once what came in the same turn, and what arrives meanwhile together", async () => {
  const { commits, commit, end } = slowStore();
  const store = createBatcher(commit, LIMITS);
  const done: string[] = [];
  const storeAll = (...items: string[]): void => {
    for (const item of items) void store(item).then(() => done.push(item));
  };
  storeAll("a", "b");
  await soon();
  expect([commits, done]).toEqual([[["a", "b"]], []]);
  storeAll("c");
  await soon();
  storeAll("d");
  end();
  await soon();
  expect([commits, done]).toEqual([
    [
      ["a", "b"],
      ["c", "d"],
    ],
    ["a", "b"],
  ]);
  end();
  await soon();
  expect(done).toEqual(["a", "b", "c", "d"]);
});

test("a group holds at most as many items as the limit", async () => {
  const commits: string[][] = [];
  const store = createBatcher<string>((items) => Promise.resolve(void commits.push([...items])), LIMITS);
  await Promise.all(["a", "b", "c", "d", "e", "f"].map(store));
  expect(commits).toEqual([
    ["a", "b", "c"],
    ["d", "e", "f"],
  ]);
});

test("a group holds at most the size, but always at least one item", async () => {
  const commits: number[][] = [];
  const store = createBatcher<string>(
    (items) => Promise.resolve(void commits.push(items.map((item) => item.length))),
    LIMITS,
  );
  await Promise.all(["-", "-".repeat(60), "-".repeat(60), "-".repeat(500), "-"].map(store));
  expect(commits).toEqual([[1, 60], [60], [500], [1]]);
});

test("one bad item fails alone; its neighbours are stored", async () => {
  const stored: string[] = [];
  const store = createBatcher<string>((items) => {
    if (items.includes("bad")) return Promise.reject(new DataError("bad item"));
    stored.push(...items);
    return Promise.resolve();
  }, LIMITS);
  const results = await Promise.allSettled(["a", "b", "bad", "c"].map(store));
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  expect(stored).toEqual(["a", "b", "c"]);
});

test("when the store is down the whole batch is rejected, no item is retried alone, and the next batch is tried", async () => {
  const { commits, commit, end } = slowStore();
  const store = createBatcher(commit, LIMITS);
  const results = Promise.allSettled(["a", "b", "c", "d"].map(store));
  await soon();
  end();
  await soon();
  end(new Error("the database is away"));
  expect((await results).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected"]);
  expect(commits).toEqual([["a", "b", "c"], ["d"]]);
  const later = store("e");
  await soon();
  end();
  await later;
});
