import { sha256Hex } from '../../../std/index.ts'

/** Returns an id of a thing that the configuration does not name, always the same for the same owner. */
export const derivedId = (prefix: string, ownerId: string): string =>
  `${prefix}-${sha256Hex(`${prefix} of ${ownerId}`).slice(0, 17)}`
