import type { CustomKeyStoresListEntry } from '@aws-sdk/client-kms'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { connectivityLabel, storeTypeLabel } from '../../model/labels.ts'
import type { Route } from '../../route/route.ts'
import { ConnectionState } from '../../ui/connection-state.tsx'
import { Copied } from '../../ui/copied.tsx'
import { Loaded } from '../../ui/states/loaded.tsx'
import { Time } from '../../ui/time.tsx'
import { useStores } from '../../wire/use-stores.ts'
import { ConnectionNotice } from './connection-notice.tsx'
import { StoreActions } from './store-actions.tsx'
import { StoreKeys } from './store-keys.tsx'

/** The page of one custom key store: its id is in the address. */
export function KeyStorePage({ route }: { readonly route: Route }) {
  const storeId = route.params['storeId'] ?? ''
  const query = useStores({ CustomKeyStoreId: storeId })
  const store = query.data?.[0]
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button iconName="refresh" ariaLabel="Refresh key store" onClick={() => void query.refetch()} />
            {store !== undefined && <StoreActions store={store} />}
          </SpaceBetween>
        }
      >
        {store?.CustomKeyStoreName ?? storeId}
      </Header>
      <Loaded query={query} name="the key store" action="kms:DescribeCustomKeyStores">
        {() => store !== undefined && <StoreFacts store={store} />}
      </Loaded>
    </SpaceBetween>
  )
}

interface StoreFactsProps {
  readonly store: CustomKeyStoresListEntry
}

function StoreFacts({ store }: StoreFactsProps) {
  const { CustomKeyStoreId: storeId = '', TrustAnchorCertificate: certificate } = store
  return (
    <SpaceBetween size="l">
      <ConnectionNotice store={store} />
      <Container header={<Header variant="h2">General configuration</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            {
              label: 'Custom key store ID',
              value: <Copied text={storeId} label="Copy key store ID" />,
            },
            { label: 'Custom key store type', value: storeTypeLabel(store.CustomKeyStoreType) },
            { label: 'Connection state', value: <ConnectionState store={store} /> },
            { label: 'Creation date', value: <Time at={store.CreationDate} /> },
            { label: 'Keys', value: <StoreKeys storeId={storeId} /> },
            ...ownFacts(store),
          ]}
        />
      </Container>
      {certificate !== undefined && (
        <ExpandableSection variant="container" headerText="Trust anchor certificate">
          <pre className="policy-text">{certificate}</pre>
        </ExpandableSection>
      )}
    </SpaceBetween>
  )
}

/** The facts of stores of one kind. */
function ownFacts({ CloudHsmClusterId, XksProxyConfiguration: proxy }: CustomKeyStoresListEntry) {
  const items: readonly (readonly [label: string, value: string | undefined])[] = [
    ['CloudHSM cluster ID', CloudHsmClusterId],
    ['Proxy connectivity', proxy && connectivityLabel(proxy.Connectivity)],
    ['Proxy URI endpoint', proxy?.UriEndpoint],
    ['Proxy URI path', proxy?.UriPath],
    ['Proxy credential: Access key ID', proxy?.AccessKeyId],
    ['VPC endpoint service name', proxy?.VpcEndpointServiceName],
    ['VPC endpoint service owner', proxy?.VpcEndpointServiceOwner],
  ]
  return items.flatMap(([label, value]) =>
    value === undefined ? [] : [{ label, value: <span className="id-text">{value}</span> }],
  )
}
