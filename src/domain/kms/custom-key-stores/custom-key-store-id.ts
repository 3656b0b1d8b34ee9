import type { Scope } from '../../aws/region.ts'

/** The id of a custom key store, with the account and the Region that it is in. */
export interface CustomKeyStoreId extends Scope {
  /** `cks-` and 17 lower-case hex digits. */
  readonly customKeyStoreId: string
}

/** Returns a text that is the same for one custom key store alone, as a key of maps. */
export const customKeyStoreKey = ({ accountId, region, customKeyStoreId }: CustomKeyStoreId): string =>
  `${accountId} ${region} ${customKeyStoreId}`
