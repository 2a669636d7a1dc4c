import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { maskSecrets, maskSecretText, mayHoldSecrets } from "#domain/values/redaction.ts";

const SECRET_NAMES = [
  "password",
  "db_password",
  "PGPASSWORD",
  "dbPassword",
  "passwd",
  "pwd",
  "token",
  "auth-token",
  "accessToken",
  "authorization",
  "Authorization",
  "api_key",
  "apiKey",
  "x-api-key",
  "aws_secret_access_key",
  "private.key",
  "client_secret",
  "cookie",
  "credentials",
];

describe("what stands under the name of a secret is masked", () => {
  test.each(SECRET_NAMES)("%s", (name) => {
    expect(maskSecrets({ labels: { [name]: "hunter2", service: "orders" } })).toEqual({
      labels: { [name]: "[secret]", service: "orders" },
    });
    expect(maskSecrets({ [name]: { deep: ["hunter2"] } })).toEqual({ [name]: { deep: ["[secret]"] } });
  });

  test.each(["alertname", "service", "secret_name", "tokenizer", "keyboard", "author", "pod", "passenger", "monkey"])(
    "and not under %s",
    (name) => {
      expect(maskSecrets({ [name]: "orders" })).toEqual({ [name]: "orders" });
    },
  );

  test("a count stays, by which runbooks decide; a number that is a password does not", () => {
    expect(maskSecrets({ tokens: 3, password: 1234, expired: true })).toEqual({
      tokens: 3,
      password: "[secret]",
      expired: true,
    });
  });
});

describe("in a text is masked what is secret by its form", () => {
  test.each([
    ["the password=hunter2 was leaked", "the password=[secret] was leaked"],
    ["password: 'correct horse'", "password: [secret]"],
    ["curl -H 'Authorization: Bearer abc.def-123456'", "curl -H 'Authorization: Bearer [secret]'"],
    ["postgres://app:hunter2@db:5432/orders", "postgres://app:[secret]@db:5432/orders"],
    ["use xoxb-1234567890-abcdefgh", "use [secret]"],
    ["AKIAIOSFODNN7EXAMPLE is the key", "[secret] is the key"],
  ])("%s", (text, masked) => {
    expect(maskSecretText(text)).toBe(masked);
    expect(maskSecretText(masked)).toBe(masked);
  });

  test.each([
    "basic monitoring works again",
    "the bearer answered late",
    "http://prometheus:9090/graph?g0.expr=up",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "tokens per second: see the dashboard",
  ])("and nothing else: %s", (text) => {
    expect(maskSecretText(text)).toBe(text);
  });
});

test("a delivery that holds a secret anywhere is looked through, however JSON writes it", () => {
  const text = fc.string({ maxLength: 20 });
  fc.assert(
    fc.property(fc.constantFrom(...SECRET_NAMES), fc.dictionary(text, text), fc.boolean(), (name, others, escaped) => {
      const raw = JSON.stringify({ alerts: [{ labels: { ...others, [name]: "hunter2-is-it" } }] });
      const sent = escaped
        ? raw.replace(
            name,
            name
              .split("")
              .map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`)
              .join(""),
          )
        : raw;
      expect(mayHoldSecrets(sent)).toBe(true);
      expect(JSON.stringify(maskSecrets(JSON.parse(sent)))).not.toContain("hunter2-is-it");
    }),
  );
});

test("the same text is masked in the same way again: masking twice is masking once", () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(...SECRET_NAMES), (json, name) => {
      const once = maskSecrets({ [name]: "x", value: JSON.parse(json) as unknown, text: `${name}=${json}` });
      expect(maskSecrets(once)).toEqual(once);
    }),
  );
});

test("what is nested without end is cut, and does not end the process", () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  expect(JSON.stringify(maskSecrets(JSON.parse(deep)))).toContain("nested too deeply");
});

test.each(["password", "eyJ", "a-", "x://a:", "apikey ", "basic a1", "token=", "://"])(
  "a text made of %j is looked through in a time that grows as it does",
  (part) => {
    const timed = (length: number): number => {
      const text = `${part.repeat(Math.ceil(length / part.length))} password`;
      const before = process.cpuUsage();
      maskSecretText(text);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000;
    };
    timed(100_000);
    expect(timed(1_000_000)).toBeLessThan(1_000);
  },
);
