/** What the header `Authorization` carries: a secret, and with Basic authentication the name in front of it. null: none of ours. */
export function parseCredentials(
  header: string | undefined,
): { readonly user: string | null; readonly secret: string } | null {
  const [scheme, value] = splitOnce((header ?? "").trim(), " ");
  if (value === null) return null;
  switch (scheme.toLowerCase()) {
    case "bearer":
      return { user: null, secret: value.trim() };
    case "basic": {
      const [user, secret] = splitOnce(Buffer.from(value.trim(), "base64").toString("utf8"), ":");
      return secret === null ? null : { user: user.slice(0, 100), secret };
    }
    default:
      return null;
  }
}

function splitOnce(text: string, at: string): [string, string | null] {
  const i = text.indexOf(at);
  return i < 0 ? [text, null] : [text.slice(0, i), text.slice(i + 1)];
}
