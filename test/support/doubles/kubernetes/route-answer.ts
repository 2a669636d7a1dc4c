export type RouteAnswer = {
  readonly status: number;
  readonly body: object | string;
  readonly headers?: Record<string, string>;
};
export type RouteContext = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly type: string;
  readonly body: unknown;
};

/** What a `Status` of a failure looks like. */
export const failureStatus = (code: number, message: string, headers?: Record<string, string>): RouteAnswer => ({
  status: code,
  body: { kind: "Status", apiVersion: "v1", status: "Failure", message, code },
  ...(headers && { headers }),
});
