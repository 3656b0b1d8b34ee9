import type { KeyMetadata } from '@aws-sdk/client-kms'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import { originLabel, typeLabel, usageLabel } from '../../model/labels.ts'

/** The kind of the key: nothing of this ever changes. */
export function CryptographicTab({ metadata }: { readonly metadata: KeyMetadata }) {
  const { KeySpec, KeyUsage, Origin, CustomKeyStoreId, CloudHsmClusterId, XksKeyConfiguration } = metadata
  const optional = (label: string, value: string | undefined) =>
    value === undefined ? [] : [{ label, value }]
  return (
    <Container header={<Header variant="h2">Cryptographic configuration</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          { label: 'Key type', value: typeLabel(KeySpec) },
          { label: 'Key spec', value: KeySpec ?? '-' },
          { label: 'Key usage', value: usageLabel(KeyUsage) },
          { label: 'Origin', value: originLabel(Origin) },
          ...algorithmsOf(metadata),
          ...optional('Custom key store ID', CustomKeyStoreId),
          ...optional('CloudHSM cluster ID', CloudHsmClusterId),
          ...optional('External key ID', XksKeyConfiguration?.Id),
        ]}
      />
    </Container>
  )
}

/** The algorithms of the key, under the label that goes with its usage. */
function algorithmsOf(metadata: KeyMetadata) {
  const lists: readonly (readonly [label: string, algorithms: readonly string[] | undefined])[] = [
    ['Encryption algorithms', metadata.EncryptionAlgorithms],
    ['Signing algorithms', metadata.SigningAlgorithms],
    ['MAC algorithms', metadata.MacAlgorithms],
    ['Key agreement algorithms', metadata.KeyAgreementAlgorithms],
  ]
  return lists.flatMap(([label, algorithms]) =>
    algorithms === undefined ? [] : [{ label, value: algorithms.join(', ') }],
  )
}
