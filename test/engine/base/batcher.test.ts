import { expect, test } from "vitest";
import { createBatcher } from "#engine/base/batcher.ts";

class DataError extends Error {}
const LIMITS = {
  items: 3,
  size: 100,
  sizeOf: (item: string) => item.length,
  isFaultOfItems: (error: unknown) => error instanceof DataError,
};

/** A store whose commits end when they are told to. */
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
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("commits the first item at once, and the items that arrive meanwhile together", async () => {
  const { commits, commit, end } = slowStore();
  const store = createBatcher(commit, LIMITS);
  const done: string[] = [];
  for (const item of ["a", "b", "c"]) void store(item).then(() => done.push(item));
  await soon();
  expect([commits, done]).toEqual([[["a"]], []]);
  end();
  await soon();
  expect([commits, done]).toEqual([[["a"], ["b", "c"]], ["a"]]);
  end();
  await soon();
  expect(done).toEqual(["a", "b", "c"]);
});

test("a group holds no more items than the limit", async () => {
  const commits: string[][] = [];
  const store = createBatcher<string>((items) => Promise.resolve(void commits.push([...items])), LIMITS);
  await Promise.all(["a", "b", "c", "d", "e", "f"].map(store));
  expect(commits).toEqual([["a"], ["b", "c", "d"], ["e", "f"]]);
});

test("a group holds no more than the size, but always at least one item", async () => {
  const commits: number[][] = [];
  const store = createBatcher<string>(
    (items) => Promise.resolve(void commits.push(items.map((item) => item.length))),
    LIMITS,
  );
  await Promise.all(["-", "-".repeat(60), "-".repeat(60), "-".repeat(500), "-"].map(store));
  expect(commits).toEqual([[1], [60], [60], [500], [1]]);
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
  const results = Promise.allSettled(["a", "b", "c"].map(store));
  end();
  await soon();
  end(new Error("the database is away"));
  expect((await results).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  expect(commits).toEqual([["a"], ["b", "c"]]);
  const later = store("d");
  end();
  await later;
});
