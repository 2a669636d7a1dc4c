import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import {
  ALLOWED_LICENSES,
  billOfMaterials,
  licensesPage,
  productionBill,
  productionPackages,
  readAdvisories,
  readLock,
  releaseProblems,
} from "../../.ci/supply-chain.mjs";

const text = (file: string): string => readFileSync(file, "utf8");

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string(), integrity: z.string().optional(), license: z.string().optional() }),
  ),
});
const Manifest = z.object({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
  optionalDependencies: z.record(z.string(), z.string()),
});

describe("the lock", () => {
  const entries = Object.entries(Lock.parse(JSON.parse(text("package-lock.json"))).packages).filter(
    ([path]) => path !== "",
  );

  test("has a checksum of every package, also of those for other platforms", () => {
    expect(entries.length).toBeGreaterThan(300);
    expect(entries.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ""))).toEqual([]);
  });

  test("is of exact versions", () => {
    const { dependencies, devDependencies, optionalDependencies } = Manifest.parse(JSON.parse(text("package.json")));
    const asked = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
    expect(asked.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });
});

describe("licenses", () => {
  test("are those that let others run, change and pass on what contains the package", () => {
    expect(productionPackages().length).toBeGreaterThan(200);
    expect(productionPackages().filter(({ license }) => !ALLOWED_LICENSES.includes(license))).toEqual([]);
  });

  test("are listed in docs/licenses.md; `npm run licenses` writes it", () =>
    expect(text("docs/licenses.md")).toBe(licensesPage()));
});

describe("advisories", () => {
  const packages = ["a", "b", "c"].map((name) => ({ name, version: "1.0.0", license: "MIT" }));
  const metadata = { vulnerabilities: { info: 0, low: 2, moderate: 0, high: 2, critical: 0, total: 4 } };
  test.each<[string, unknown, object]>([
    [
      "known ones",
      {
        vulnerabilities: {
          a: { severity: "low" },
          b: { severity: "low" },
          c: { severity: "high" },
          tool: { severity: "high" },
        },
        metadata,
      },
      { checked: true, total: 3, says: "1 high, 2 low" },
    ],
    [
      "tools alone",
      { vulnerabilities: { tool: { severity: "high" } }, metadata },
      { checked: true, total: 0, says: "none known" },
    ],
    [
      "a registry that does not answer",
      { message: "405 Method Not Allowed", statusCode: 405 },
      { checked: false, total: null, says: "NOT CHECKED: 405 Method Not Allowed" },
    ],
    ["no report", null, { checked: false, total: null, says: "NOT CHECKED: npm audit gave no report" }],
    ["a report without counts", { metadata: {} }, { checked: false }],
    ["a report without a list", { metadata }, { checked: false }],
  ])("of %s are reported as what they are", (_, report, expected) =>
    expect(readAdvisories(report, packages)).toMatchObject(expected),
  );
});

describe("a bill of materials", () => {
  const component = (name: string) => ({ "bom-ref": `${name}@1.0.0`, name, version: "1.0.0" });
  const bill = {
    metadata: { component: { "bom-ref": "folder@0.1.0", name: "folder" } },
    components: [component("a"), component("tool")],
    dependencies: [
      { ref: "folder@0.1.0", dependsOn: ["a@1.0.0", "tool@1.0.0"] },
      { ref: "tool@1.0.0", dependsOn: ["a@1.0.0"] },
    ],
  };
  const production = (name: string) => ({ name, version: "1.0.0", license: "MIT" });

  test("is of what production brings along, and of nothing else", () =>
    expect(productionBill(bill, [production("a")])).toEqual({
      metadata: { component: { "bom-ref": "folder@0.1.0", name: "muster" } },
      components: [component("a")],
      dependencies: [{ ref: "folder@0.1.0", dependsOn: ["a@1.0.0"] }],
    }));

  test("is none when it lacks a package", () =>
    expect(() => productionBill(bill, [production("a"), production("zod")])).toThrow("lacks zod 1.0.0"));

  test("as npm writes it from the lock has every package, each with a checksum", { timeout: 120_000 }, () => {
    const listed = billOfMaterials().components.map(({ name, version }) => `${name} ${version}`);
    expect([...new Set(listed)].toSorted()).toEqual(
      productionPackages()
        .map(({ name, version }) => `${name} ${version}`)
        .toSorted(),
    );
  });
});

describe("a release", () => {
  const lock = readLock();
  const good = { lock, page: licensesPage(), changes: "" };
  const changed = (entry: object) => ({
    packages: { ...lock.packages, "node_modules/zod": { version: "4.6.7", ...entry } },
  });

  test("is made when nothing is missing", () => expect(releaseProblems(good)).toEqual([]));

  test.each([
    ["a package without a checksum", { ...good, lock: changed({ license: "MIT" }) }, "zod has no SHA-512 checksum"],
    [
      "a weaker checksum",
      { ...good, lock: changed({ license: "MIT", integrity: "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=" }) },
      "zod has no SHA-512 checksum",
    ],
    ["another license", { ...good, lock: changed({ license: "AGPL-3.0" }) }, "the license AGPL-3.0 is not in the list"],
    ["no license", { ...good, lock: changed({}) }, "the license unknown is not in the list"],
    ["an old list of licenses", { ...good, page: "" }, "docs/licenses.md is out of date"],
    ["changes that no commit has", { ...good, changes: " M src/cli.ts\n" }, "not committed"],
  ])("is not made with %s", (_, what, problem) =>
    expect(releaseProblems(what)).toContainEqual(expect.stringContaining(problem)),
  );
});

const Service = z.object({
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  cap_add: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).optional(),
  ports: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  privileged: z.never().optional(),
});

describe("docker-compose.yml", () => {
  const { services } = z.object({ services: z.record(z.string(), Service) }).parse(parse(text("docker-compose.yml")));

  test.each(Object.entries(services))(
    "%s writes only where it must, without rights that it does not need",
    (_, service) => {
      expect(service).toMatchObject({ read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] });
      expect(service.cap_add.filter((each) => !/^(CHOWN|DAC_OVERRIDE|FOWNER|SETGID|SETUID)$/.test(each))).toEqual([]);
      expect(service.ports.filter((each) => !each.startsWith("127.0.0.1:"))).toEqual([]);
    },
  );

  test("Redis asks for a password, and Muster and the health check give it", () => {
    const password = "${REDIS_PASSWORD:-muster}";
    const { redis, muster } = services;
    expect(redis!.command.slice(-2)).toEqual(["--requirepass", password]);
    expect(redis!.environment["REDISCLI_AUTH"]).toBe(password);
    expect(muster!.environment["REDIS_URL"]).toBe(`redis://:${password}@redis:6379`);
  });
});

test("the image runs as no root, and brings along nothing but what is named", () => {
  expect(text("Dockerfile")).toMatch(/^USER \d+:\d+$/m);
  expect(text("Dockerfile")).toContain("--ignore-scripts");
  expect(text(".dockerignore")).toMatch(/^\*$/m);
});

test("every image is named by a version, so that its digest can be pinned", () => {
  const images = [...`${text("Dockerfile")}\n${text("docker-compose.yml")}`.matchAll(/^\s*(?:FROM|image:) (\S+)/gm)];
  expect(images.length).toBeGreaterThan(4);
  expect(
    images.map(([, image]) => image).filter((image) => !/^[\w./-]+:v?\d[\w.-]*(@sha256:[0-9a-f]{64})?$/.test(image!)),
  ).toEqual([]);
});

test("the threat model names every secret that Muster is given", () => {
  const secrets = [
    ...text("README.md").matchAll(/`([A-Z][A-Z0-9_]*(?:TOKENS?|SECRETS?|ROUTING_KEY|DATABASE_URL|REDIS_URL))`/g),
  ];
  const names = [...new Set(secrets.map(([, name]) => name!))];
  expect(names.length).toBeGreaterThan(8);
  const model = text("docs/threat-model.md");
  expect(names.filter((name) => !model.includes(`\`${name}\``))).toEqual([]);
});

test("SECURITY.md shows where to report a fault of security", () =>
  expect(text("SECURITY.md")).toMatch(/security@example\.com/));
