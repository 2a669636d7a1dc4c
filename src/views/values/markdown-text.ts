/** Text from outside in Markdown: it cannot start markup, end a table cell or become HTML. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/([\\`*_[\]|~#])/g, "\\$1")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/\s+/g, " ");
}
