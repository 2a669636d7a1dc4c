/** What a module of definitions exports, of any module in a list. */
export type DefinitionIn<G> = G extends object ? G[keyof G] : never;

/** All that modules export, in their order; two exports of one name are two definitions. */
export function listDefinitions<G extends object>(modules: readonly G[]): readonly DefinitionIn<G>[] {
  return modules.flatMap((module) => Object.values(module) as DefinitionIn<G>[]);
}

/** Definitions by the names that they have. @throws when two have one name: the later would silently win */
export function indexDefinitions<D>(
  definitions: readonly D[],
  namesOf: (definition: D) => readonly string[],
): ReadonlyMap<string, D> {
  const index = new Map<string, D>();
  for (const definition of definitions)
    for (const name of namesOf(definition)) {
      if (index.has(name)) throw new Error(`bug: two definitions are called ${name}`);
      index.set(name, definition);
    }
  return index;
}
