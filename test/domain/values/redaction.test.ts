import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redactSecrets } from "#domain/values/redaction.ts";
import { cpuStopwatch } from "#test/support/harness/test-clock.ts";

const bytes = (text: string): number => Buffer.byteLength(text);
const secretText = fc
  .string({ minLength: 8, maxLength: 60, unit: "grapheme" })
  .filter((text) => text.trim().length >= 8 && !"[secret]".includes(text));
/** What no masked text may contain. */
const forms: Readonly<Record<string, (secret: string, around: string) => string>> = {
  "as it is": (secret) => secret,
  "in base64": (secret) => Buffer.from(secret).toString("base64"),
  "in base64url": (secret) => Buffer.from(secret).toString("base64url"),
  "in base64 behind a user's name": (secret, around) => Buffer.from(`${around}:${secret}\n`).toString("base64"),
  "in hexadecimal": (secret) => Buffer.from(secret).toString("hex"),
  "in a strict URL with small letters": (secret) =>
    encodeURIComponent(secret)
      .replace(/[!'()~]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)
      .replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
  "in a URL": (secret) => encodeURIComponent(secret),
  "in a form": (secret) => new URLSearchParams({ a: secret }).toString().slice(2),
  "inside JSON": (secret) => JSON.stringify(secret).slice(1, -1),
  "inside JSON inside JSON": (secret) => JSON.stringify(JSON.stringify(secret)).slice(3, -3),
};

describe("a known secret", () => {
  test.each(Object.keys(forms))("is not readable %s", (name) => {
    fc.assert(
      fc.property(secretText, fc.string({ maxLength: 20 }), (raw, around) => {
        const secret = raw.toWellFormed();
        const printed = forms[name]!(secret, around.toWellFormed());
        const { text, masked } = redactSecrets(`${around} <${printed}> ${around}`, [secret]);
        expect(masked).toBeGreaterThan(0);
        expect(text.includes(secret) && !around.includes(secret)).toBe(false);
        // Base64 keeps at most the group at each end, which it shares with its neighbours.
        const kept = name.includes("behind")
          ? printed.slice(Math.ceil((bytes(around.toWellFormed()) + 1) / 3) * 4 + 4, -8)
          : printed;
        if (kept.length > 4) expect(text).not.toContain(`<${kept}`);
        if (kept.length > 8) expect(text).not.toContain(kept);
      }),
      { numRuns: 300 },
    );
  });

  test("is masked whole when it holds a shorter one, and when only its beginning made it into the text", () => {
    expect(redactSecrets("a hunter22-extra b", ["hunter22", "hunter22-extra"])).toMatchObject({
      text: "a [secret] b",
      masked: 1,
    });
    expect(redactSecrets("last words hunter22-ex", ["hunter22-extra"]).text).toBe("last words [secret]");
  });

  test("of several lines is not readable when a log is kept line by line", () => {
    const key = "-----BEGIN OURS-----\nfirst line of the key\r\nsecond line of it\n-----END OURS-----\n";
    for (const line of key.split(/\r?\n/).filter(Boolean))
      expect(redactSecrets(`12:00 app ${line}`, [key]).text).toBe("12:00 app [secret]");
  });

  test("is found between terminal control sequences, which are dropped", () => {
    expect(
      redactSecrets("a \u001b[1mhun\u001b[0mter22\u0008-ex\u0000tra\u001b]0;title\u0007 b\tc\n", ["hunter22-extra"])
        .text,
    ).toBe("a [secret] b\tc\n");
  });

  test("that is too short to be one is left: it is in every text", () =>
    expect(redactSecrets("an abc", ["abc", "", "   "]).text).toBe("an abc"));
});

describe("text that looks like a secret", () => {
  const jwt = `eyJhbGciOiJIUzI1NiJ9.${"eyJzdWIiOiJhbGljZSJ9"}.c2lnbmF0dXJlLW9mLWl0`;
  test.each([
    ["a GitHub token", `clone with ghp_${"a1B2".repeat(9)} now`, "clone with [secret] now"],
    ["a Slack token", `xoxb-${"1234567890"}-abcdefghij`, "[secret]"],
    ["an AWS key", `key AKIA${"IOSFODNN7EXAMPLE"}.`, "key [secret]."],
    ["a JWT", `cookie ${jwt};`, "cookie [secret];"],
    [
      "a private key",
      `x\n-----BEGIN RSA ${"PRIVATE"} KEY-----\nMIIE\n-----END RSA ${"PRIVATE"} KEY-----\ny`,
      "x\n[secret]\ny",
    ],
    ["a private key that was cut off", `-----BEGIN ${"PRIVATE"} KEY-----\nMIIE`, "[secret]"],
    ["a password setting", "password=swordfish user=alice", "password=[secret] user=alice"],
    [
      "a password in JSON",
      '{"db_password": "sword fish", "user": "alice"}',
      '{"db_password": [secret], "user": "alice"}',
    ],
    [
      "a password in an address",
      "postgres://muster:sword@db.example.com/x",
      "postgres://muster:[secret]@db.example.com/x",
    ],
    ["a header", "Authorization: Bearer abcdefgh1234", "Authorization: Bearer [secret]"],
    ["a long random word", "key aB3xK9pQ7mZ2wL5vR8tY1nC4hJ6gD0sF end", "key [secret] end"],
  ])("%s is masked", (_, text, expected) => expect(redactSecrets(text, []).text).toBe(expected));

  test.each([
    ["pods", "order-service-7d9f8b6c5-x2k4j is CrashLoopBackOff"],
    ["digests", "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    ["ids", "01234567-89ab-cdef-0123-456789abcdef"],
    ["times and paths", "2026-11-21T14:31:30.123Z /var/lib/postgresql/15/main/pg_wal/000000010000000000000001"],
    ["names in code", "java.lang.NullPointerException at OrderServiceControllerImplementationV2Factory.create"],
  ])("%s are left as they are", (_, text) => expect(redactSecrets(text, [])).toEqual({ text, masked: 0, cutBytes: 0 }));
});

describe("any text", () => {
  test("fits, notes what was cut, and is well formed", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400, unit: "binary" }), fc.integer({ min: 64, max: 200 }), (raw, limit) => {
        const { text, cutBytes } = redactSecrets(raw, [], limit);
        expect(bytes(text)).toBeLessThanOrEqual(limit);
        expect(text.isWellFormed()).toBe(true);
        expect(text.includes("bytes cut]")).toBe(cutBytes > 0);
      }),
    );
  });

  test("of 64 KiB is kept, and one that is larger is cut to it, in a time that does not grow faster than it", () => {
    expect(redactSecrets("x".repeat(65_536), []).cutBytes).toBe(0);
    const hostile = [
      "password".repeat(40_000),
      "a:".repeat(150_000),
      "eyJ".repeat(100_000),
      `${"-----BEGIN PRIVATE KEY-----".repeat(2_000)}`,
      " =".repeat(100_000),
    ];
    for (const text of hostile) {
      const elapsed = cpuStopwatch();
      expect(bytes(redactSecrets(text, ["hunter22-extra"]).text)).toBeLessThanOrEqual(65_536);
      expect(elapsed()).toBeLessThan(2_000);
    }
  });

  test("masked twice is masked once", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), secretText, (around, secret) => {
        const once = redactSecrets(`${around}${secret}${around}`, [secret]).text;
        expect(redactSecrets(once, [secret]).text).toBe(once);
      }),
    );
  });
});
