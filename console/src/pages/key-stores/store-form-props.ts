import type { CustomKeyStoresListEntry } from '@aws-sdk/client-kms'

/** The properties of a form about one custom key store. */
export interface StoreFormProps {
  readonly store: CustomKeyStoresListEntry
  readonly onClose: () => void
}
