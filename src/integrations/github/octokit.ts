import type { Octokit } from "@octokit/rest";

const noop = (): void => {};

/**
 * Opens GitHub's official client at the first call, and answers with the same one from then on: the library takes as long to
 * load as all of Muster's settings, and commands that ask no GitHub need not wait for it. The client is quiet: what goes
 * wrong is in its errors.
 * @param apiUrl null: GitHub's own
 */
export function lazyOctokit(
  token: string,
  apiUrl: string | null,
  prepare: (octokit: Octokit) => void = noop,
): () => Promise<Octokit> {
  let opened: Promise<Octokit> | null = null;
  const open = async (): Promise<Octokit> => {
    const library = await import("@octokit/rest");
    const octokit = new library.Octokit({
      auth: token,
      userAgent: "muster",
      ...(apiUrl === null ? {} : { baseUrl: apiUrl.replace(/\/+$/, "") }),
      log: { debug: noop, info: noop, warn: noop, error: noop },
    });
    prepare(octokit);
    return octokit;
  };
  return () => (opened ??= open());
}
