import type { KeyDetails } from '../../wire/keyward.ts'

/** The part of a listed key that its actions need. */
export type ActedKey = Pick<KeyDetails, 'KeyId' | 'KeyArn' | 'KeyMetadata' | 'Aliases' | 'Tags'>
