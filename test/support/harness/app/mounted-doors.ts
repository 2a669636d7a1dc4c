import { Router } from "express";

/** An address that a running Muster answers at: its method, and its path with a `:name` for any one part. */
export type MountedDoor = { readonly method: string; readonly path: string };

type Handler = object;
type Registrations = {
  route: (this: Handler, path: unknown) => { readonly methods: object };
  use: (this: Handler, ...args: readonly unknown[]) => unknown;
};

/** Notes every route that Express is given from now on, below which paths its router is mounted. It ends with `restore`. */
export function watchMountedDoors(): { readonly doors: () => readonly MountedDoor[]; readonly restore: () => void } {
  const prototype = Router.prototype as Registrations;
  const { route, use } = prototype;
  const routes: { readonly owner: Handler; readonly paths: readonly string[]; readonly made: { methods: object } }[] =
    [];
  const mounts = new Map<Handler, { readonly owner: Handler; readonly paths: readonly string[] }>();
  prototype.route = function (this: Handler, path) {
    const made = route.call(this, path);
    routes.push({ owner: this, paths: pathsIn(path), made });
    return made;
  };
  prototype.use = function (this: Handler, ...args: unknown[]) {
    const paths = typeof args[0] === "function" ? ["/"] : pathsIn(args[0]);
    for (const handler of args.flat(Infinity))
      if (typeof handler === "function") mounts.set(handler, { owner: this, paths });
    return use.apply(this, args);
  };
  const frontsOf = (router: Handler): readonly string[] => {
    const mount = mounts.get(router);
    if (mount === undefined) return [""];
    return frontsOf(mount.owner).flatMap((front) => mount.paths.map((path) => joined(front, path)));
  };
  return {
    doors: () =>
      routes.flatMap(({ owner, paths, made }) =>
        Object.keys(made.methods).flatMap((method) =>
          frontsOf(owner).flatMap((front) =>
            paths.map((path) => ({ method: method.toUpperCase(), path: joined(front, path) || "/" })),
          ),
        ),
      ),
    restore: () => void Object.assign(prototype, { route, use }),
  };
}

function pathsIn(path: unknown): readonly string[] {
  return [path].flat().map(String);
}

function joined(front: string, path: string): string {
  return `${front}${path}`.replace(/\/$/, "");
}
