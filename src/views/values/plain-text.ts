import type { SlackMessage } from "./block-kit.ts";

/** A message for where there is no markup: a terminal, a program. Times are in UTC. */
export function plainText({ blocks, text }: SlackMessage): string {
  const lines = blocks.flatMap((block): string[] => {
    if (block.type === "section")
      return [...(block.text === undefined ? [] : [block.text.text]), ...(block.fields ?? []).map((field) => field.text.replace("\n", ": "))];
    if (block.type === "context") return block.elements.flatMap((element) => ("text" in element && typeof element.text === "string" ? [element.text] : []));
    return [];
  });
  return (lines.length === 0 ? text : lines.join("\n"))
    .replace(/<!date\^[^|>]*\|([^>]*)>/g, "$1")
    .replace(/<[#@]([^|>]*)(?:\|([^>]*))?>/g, (_, id: string, name: string | undefined) => name ?? id)
    .replace(/<([^|>]*)\|([^>]*)>/g, "$2 ($1)")
    .replace(/(^|[\s(])[*_]([^*_\n]+)[*_](?=$|[\s),.:·])/gm, "$1$2")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
