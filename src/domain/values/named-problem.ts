/**
 * What is wrong, in words of ours that anyone may read: no address of a machine, no statement, no message of a library.
 * Doors that answer strangers show the message of no other error.
 */
export class NamedProblem extends Error {}
