import { BadConfig, readConfig } from "#config/app-config.ts";

/** The problems of an environment, one line each. */
export function configProblems(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof BadConfig) return error.problems;
    throw error;
  }
}
