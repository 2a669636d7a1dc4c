import { execFile } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** A copy of all code, in which a test plants what a recipe asks for, and faults; and what programs report of it. */
export class PlantedCopy {
  readonly #path: string;

  get path(): string {
    return this.#path;
  }

  /** `more`: what is copied besides src, handlers and package.json. */
  constructor(name: string, ...more: readonly string[]) {
    this.#path = temporaryDirectory(name);
    for (const each of ["src", "handlers", "package.json", ...more])
      cpSync(join(ROOT, each), join(this.#path, each), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(this.#path, "node_modules"));
  }

  read(file: string): string {
    return readFileSync(join(this.#path, file), "utf8");
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.#path, file)), { recursive: true });
    writeFileSync(join(this.#path, file), text);
  }

  append(file: string, text: string): void {
    appendFileSync(join(this.#path, file), text);
  }

  /** Writes a text behind another, which must stand once in the file. */
  insert(file: string, behind: string, text: string): void {
    const before = this.read(file);
    if (before.split(behind).length !== 2) throw new Error(`${file} must have "${behind}" once`);
    this.write(
      file,
      before.replace(behind, () => behind + text),
    );
  }

  /** Runs a program of the copy in the copy; answers with all that it wrote. */
  async run(script: string, ...args: readonly string[]): Promise<string> {
    return (await this.execute(script, ...args)).out;
  }

  /** The same, with the code it ended with. */
  execute(script: string, ...args: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [script, ...args],
        { cwd: this.#path, maxBuffer: 10_000_000 },
        (error, stdout, stderr) =>
          resolve({
            code: error === null ? 0 : typeof error.code === "number" ? error.code : -1,
            out: stdout + stderr,
          }),
      );
    });
  }

  /** Every error of the compiler about src, handlers and `more`, each with the lines that explain it. */
  async compile(...more: readonly string[]): Promise<readonly string[]> {
    const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, "tsconfig.json"), "utf8")) as {
      compilerOptions: object;
    };
    this.write("tsconfig.json", JSON.stringify({ compilerOptions, include: ["src", "handlers", ...more] }));
    const output = await this.run("node_modules/typescript/bin/tsc");
    return output.split(/\n(?=\S)/).filter((error) => error.trim() !== "");
  }

  remove(): void {
    removeDirectory(this.#path);
  }
}
