export declare const ALLOWED_LICENSES: readonly string[];
export declare function productionPackages(): readonly {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}[];
export declare function licensesPage(): string;
export declare function readAdvisories(report: unknown): {
  readonly checked: boolean;
  readonly total: number | null;
  readonly says: string;
};
