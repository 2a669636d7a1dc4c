/** What one look at one dependency found; `says` tells what to do when it is not `ok`. */
export type DoctorFinding = { readonly what: string; readonly ok: boolean; readonly says: string };
