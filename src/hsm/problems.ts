/** Sealed bytes that do not open: altered, cut, sealed under a different key or with different associated data. */
export class SealBroken extends Error {}

/** Key material that does not fit the key spec of its key. The message holds none of it. */
export class KeyMaterialProblem extends Error {}

/** More work of one account waits than may wait. */
export class TooMuchWaiting extends Error {}

/** Work that was dropped before it began, because nobody waits for its result any more. */
export class Abandoned extends Error {}

/** A public key that cannot be read, or is not a point of the key's curve. */
export class PublicKeyProblem extends Error {}
