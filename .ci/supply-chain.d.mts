export declare const ALLOWED_LICENSES: readonly string[];
type LockFile = {
  readonly packages: Readonly<
    Record<
      string,
      { readonly version?: string; readonly integrity?: string; readonly license?: string; readonly link?: boolean }
    >
  >;
};
type ProductionPackage = { readonly name: string; readonly version: string; readonly license: string };
type Bill = {
  readonly metadata: { readonly component: { readonly "bom-ref": string; readonly name: string } };
  readonly components: readonly { readonly "bom-ref": string; readonly name: string; readonly version: string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
};
export declare function readLock(): LockFile;
export declare function productionPackages(lock?: LockFile): readonly ProductionPackage[];
export declare function licensesPage(lock?: LockFile): string;
export declare function billOfMaterials(): Bill;
export declare function productionBill(bill: Bill, packages: readonly ProductionPackage[]): Bill;
export declare function releaseProblems(what: {
  readonly lock: LockFile;
  readonly page: string;
  readonly changes: string;
}): readonly string[];
export declare function readAdvisories(
  report: unknown,
  packages?: readonly ProductionPackage[],
): {
  readonly checked: boolean;
  readonly total: number | null;
  readonly says: string;
};
