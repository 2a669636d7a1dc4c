/** A transition of a workflow, with what its screen asks. */
type Way = {
  readonly id?: string | undefined;
  readonly to?: { readonly statusCategory?: { readonly key?: string | undefined } | undefined } | undefined;
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
};
type Field = {
  readonly required?: boolean;
  readonly hasDefaultValue?: boolean;
  readonly allowedValues?: readonly { readonly id?: string }[];
};

/** What a transition is asked for with. */
export type TransitionChoice = {
  readonly id: string;
  readonly fields: Readonly<Record<string, { readonly id: string }>>;
};

/**
 * The best way to a status of one of the categories, the first of them first. One that asks nothing comes before one that
 * asks for a resolution, which is answered with the first there is; what asks for more is for people. null: there is none.
 */
export function chooseTransition(ways: readonly Way[], categories: readonly string[]): TransitionChoice | null {
  const moves = categories.flatMap((category) =>
    ways.filter(({ to }) => to?.statusCategory?.key === category).flatMap(moveBy),
  );
  return moves.find(({ fields }) => Object.keys(fields).length === 0) ?? moves[0] ?? null;
}

function moveBy({ id, fields = {} }: Way): readonly TransitionChoice[] {
  if (id === undefined) return [];
  const requested = (Object.entries(fields) as [string, Field][]).filter(
    ([, { required = false, hasDefaultValue = false }]) => required && !hasDefaultValue,
  );
  if (requested.length === 0) return [{ id, fields: {} }];
  const [[name, { allowedValues = [] }]] = requested as [[string, Field]];
  const answer = allowedValues[0]?.id;
  return requested.length === 1 && name === "resolution" && answer !== undefined
    ? [{ id, fields: { resolution: { id: answer } } }]
    : [];
}
