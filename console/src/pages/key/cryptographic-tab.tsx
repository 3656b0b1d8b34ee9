import type { KeyMetadata } from '@aws-sdk/client-kms'
import Alert from '@cloudscape-design/components/alert'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs, { type KeyValuePairsProps } from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { originLabel, typeLabel, usageLabel } from '../../model/labels.ts'
import { KeyStoreFacts } from './key-store-facts.tsx'
import type { ShownKey } from './shown-key.ts'

/** The kind of the key: nothing of this ever changes. */
export function CryptographicTab({ shown: { metadata } }: { readonly shown: ShownKey }) {
  if (metadata === undefined) return <Alert type="info" header="You need kms:DescribeKey" />
  const { KeySpec, KeyUsage, Origin, CustomKeyStoreId } = metadata
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Cryptographic configuration</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Key type', value: typeLabel(KeySpec) },
            { label: 'Key spec', value: KeySpec ?? '-' },
            { label: 'Key usage', value: usageLabel(KeyUsage) },
            { label: 'Origin', value: originLabel(Origin) },
            ...algorithmsOf(metadata),
          ]}
        />
      </Container>
      {CustomKeyStoreId !== undefined && <KeyStoreFacts metadata={metadata} storeId={CustomKeyStoreId} />}
    </SpaceBetween>
  )
}

/** The algorithms of the key, under the label that goes with its usage. */
function algorithmsOf(metadata: KeyMetadata): KeyValuePairsProps.Item[] {
  const lists: readonly (readonly [label: string, algorithms: readonly string[] | undefined])[] = [
    ['Encryption algorithms', metadata.EncryptionAlgorithms],
    ['Signing algorithms', metadata.SigningAlgorithms],
    ['MAC algorithms', metadata.MacAlgorithms],
    ['Key agreement algorithms', metadata.KeyAgreementAlgorithms],
  ]
  return lists.flatMap(([label, algorithms]) =>
    algorithms === undefined
      ? []
      : [
          {
            label,
            value: (
              <ul className="plain-list">
                {algorithms.map(name => (
                  <li key={name}>{name}</li>
                ))}
              </ul>
            ),
          },
        ],
  )
}
