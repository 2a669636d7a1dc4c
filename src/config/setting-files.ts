import { readFileSync } from "node:fs";

type Environment = Readonly<Record<string, string | undefined>>;

/** Larger files are no settings, in bytes. */
const LARGEST = 64 * 1024;

const SUFFIX = "_FILE";

/**
 * The environment with every setting that stands in a file: NAME_FILE names a file whose text is the value of NAME, for each
 * of the names. So a new setting can be kept in a file without a line of its own here.
 */
export function withSettingFiles(
  env: Environment,
  names: readonly string[],
): { readonly env: Environment; readonly problems: readonly string[] } {
  const found: Record<string, string> = {};
  const problems: string[] = [];
  for (const name of names) {
    const file = env[name + SUFFIX];
    if (!file) continue;
    if (env[name]) problems.push(`${name}: ${name} and ${name}${SUFFIX} are both set; keep one of them`);
    else
      try {
        // In a list a line may take the place of a comma.
        found[name] = readSetting(file).replaceAll(/\r?\n/g, ",");
      } catch (error) {
        problems.push(`${name}${SUFFIX}: ${file} ${reasonOf(error)}`);
      }
  }
  return { env: Object.keys(found).length === 0 ? env : { ...env, ...found }, problems };
}

/** The value of a variable that stands in the environment or in a file; null: it is not set. @throws when the file cannot be read */
export function readVariable(env: Environment, name: string): string | null {
  if (env[name]) return env[name];
  const file = env[name + SUFFIX];
  return file ? readSetting(file) : null;
}

class BadSettingFile extends Error {}

function readSetting(file: string): string {
  const text = readFileSync(file, "utf8")
    .replace(/^\uFEFF/, "")
    .trim();
  if (text === "") throw new BadSettingFile("is empty");
  if (text.length > LARGEST) throw new BadSettingFile(`is larger than ${LARGEST / 1024} kB: it is no setting`);
  return text;
}

function reasonOf(error: unknown): string {
  if (error instanceof BadSettingFile) return error.message;
  return `cannot be read (${error instanceof Error && "code" in error ? String(error.code) : String(error)})`;
}
