type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** RFC 7386, and as much of Kubernetes' strategic merge as needs no merge keys: lists are refused in the latter. */
export function applyMergePatch(target: unknown, patch: unknown, strategic: boolean): unknown {
  if (strategic && Array.isArray(patch)) throw new Error("this double merges no lists strategically");
  if (!isObject(patch)) return patch;
  const result: Json = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = applyMergePatch(result[key], value, strategic);
  }
  return result;
}

export type PatchOperation = {
  readonly op: "test" | "replace" | "add";
  readonly path: string;
  readonly value?: unknown;
};

/** RFC 6902 with test, replace and add on objects. A test that fails, or a path that is not there, is words; nothing changes then. */
export function applyJsonPatch(
  target: object,
  operations: readonly PatchOperation[],
): { readonly result: object } | { readonly says: string } {
  const result = structuredClone(target);
  for (const { op, path, value } of operations) {
    const names = path
      .split("/")
      .slice(1)
      .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = names.pop() ?? "";
    let at: unknown = result;
    for (const name of names) at = isObject(at) ? at[name] : undefined;
    if (!isObject(at) || (op !== "add" && !(last in at))) return { says: `the path ${path} is missing` };
    if (op === "test") {
      if (JSON.stringify(at[last]) !== JSON.stringify(value)) return { says: `testing path ${path} failed` };
    } else at[last] = value;
  }
  return { result };
}
