import Alert from '@cloudscape-design/components/alert'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'
import { ApiError } from '../../wire/errors.ts'

/** The advice for refusals that come from a custom key store, by error code (API reference, "CreateKey"). */
const storeAdvice: Readonly<Record<string, string>> = {
  CloudHsmClusterInvalidConfigurationException:
    'The cluster needs more active HSMs for a new key. Bring them back, and try again.',
  CustomKeyStoreInvalidStateException:
    'The key store is not connected, or its proxy does not answer. Look at the key store, and try again.',
  CustomKeyStoreNotFoundException: 'The key store was deleted. Choose a different one.',
  XksKeyAlreadyInUseException:
    'Each external key belongs to one KMS key of a key store, also while that key is disabled or waits for its deletion. Choose a different external key, or make one in the key manager.',
  XksKeyInvalidConfigurationException:
    'The external key must be an AES-256 key that is enabled, and may encrypt and decrypt. Change it in the key manager, or choose a different one.',
  XksKeyNotFoundException:
    'The proxy knows no key with this ID. Compare the external key ID with that in the key manager.',
}

/** The refusal of CreateKey. Without an answer nobody knows whether there is a key. */
export function CreateError({ error }: { readonly error: Error }) {
  const isUnknown = error instanceof ApiError && error.kind === 'unreachable'
  const advice = error instanceof ApiError ? storeAdvice[error.facts.code] : undefined
  return (
    <SpaceBetween size="s">
      <ErrorAlert error={error} action="kms:CreateKey" />
      {advice !== undefined && <Alert type="info">{advice}</Alert>}
      {isUnknown && (
        <Alert type="warning">
          The key may have been made all the same. Look into the list of keys before you try again.
        </Alert>
      )}
    </SpaceBetween>
  )
}
