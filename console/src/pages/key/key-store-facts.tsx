import type { CustomKeyStoresListEntry, KeyMetadata } from '@aws-sdk/client-kms'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { storeTypeLabel } from '../../model/labels.ts'
import { href } from '../../route/use-route.ts'
import { ConnectionState } from '../../ui/connection-state.tsx'
import { ErrorText } from '../../ui/states/error-text.tsx'
import { kmsStores } from '../../wire/kms/stores.ts'
import { useCall } from '../../wire/use-call.ts'

interface KeyStoreFactsProps {
  readonly metadata: KeyMetadata
  readonly storeId: string
}

/** The custom key store that holds the key. Its id comes with the key; the rest needs a permission of its own. */
export function KeyStoreFacts({ metadata, storeId }: KeyStoreFactsProps) {
  const { data, error } = useCall('DescribeCustomKeyStores', kmsStores.describeCustomKeyStores, {
    CustomKeyStoreId: storeId,
  })
  const store: CustomKeyStoresListEntry = data?.CustomKeyStores?.[0] ?? {}
  const optional = (label: string, value: string | undefined) =>
    value === undefined ? [] : [{ label, value }]
  return (
    <Container header={<Header variant="h2">Custom key store</Header>}>
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={3}
          items={[
            {
              label: 'Custom key store ID',
              value: <Link href={href('keyStore', { storeId })}>{storeId}</Link>,
            },
            ...optional('Custom key store name', store.CustomKeyStoreName),
            ...optional('Custom key store type', storeTypeLabel(store.CustomKeyStoreType)),
            ...optional('CloudHSM cluster ID', metadata.CloudHsmClusterId),
            ...(store.ConnectionState === undefined
              ? []
              : [
                  {
                    label: 'Connection state',
                    value: <ConnectionState store={store} />,
                  },
                ]),
            ...optional('External key ID', metadata.XksKeyConfiguration?.Id),
          ]}
        />
        {error !== null && <ErrorText error={error} action="kms:DescribeCustomKeyStores" />}
      </SpaceBetween>
    </Container>
  )
}
