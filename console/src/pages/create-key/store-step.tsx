import type { CustomKeyStoresListEntry } from '@aws-sdk/client-kms'
import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { xksKeyFault } from '../../model/new-key.ts'
import { newKeyFault } from '../../model/stores/store-states.ts'
import { href } from '../../route/use-route.ts'
import { ConnectionState } from '../../ui/connection-state.tsx'
import { Info } from '../../ui/help.tsx'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'
import { useStores } from '../../wire/use-stores.ts'
import type { StepProps } from './step-props.ts'

/** The step for keys in custom key stores: the store, and the key outside. */
export function StoreStep(props: StepProps) {
  return (
    <SpaceBetween size="l">
      <ChooseStore {...props} />
      {props.value.origin === 'EXTERNAL_KEY_STORE' && <ExternalKey {...props} />}
    </SpaceBetween>
  )
}

function ChooseStore({ value, onChange, isTried }: StepProps) {
  const { origin, storeId } = value
  const query = useStores()
  const stores = query.data?.filter(({ CustomKeyStoreType: type }) => type === origin) ?? []
  const list = href(origin === 'AWS_CLOUDHSM' ? 'cloudHsmStores' : 'externalStores')
  if (query.error !== null && query.data === undefined)
    return (
      <ErrorAlert
        error={query.error}
        action="kms:DescribeCustomKeyStores"
        onRetry={() => void query.refetch()}
      />
    )
  return (
    <FormField stretch errorText={isTried && storeId === '' ? 'Choose a connected key store.' : undefined}>
      <Table<CustomKeyStoresListEntry>
        header={
          <Header variant="h2" description="A key can be made in a connected key store alone.">
            Key stores
          </Header>
        }
        items={stores}
        wrapLines
        loading={query.isPending}
        loadingText="Loading key stores"
        columnDefinitions={columns}
        selectionType="single"
        trackBy="CustomKeyStoreId"
        isItemDisabled={store => newKeyFault(store) !== undefined}
        selectedItems={stores.filter(({ CustomKeyStoreId }) => CustomKeyStoreId === storeId)}
        onSelectionChange={({ detail }) =>
          onChange({ ...value, storeId: detail.selectedItems[0]?.CustomKeyStoreId ?? '' })
        }
        ariaLabels={{
          tableLabel: 'Key stores',
          selectionGroupLabel: 'Key store of the key',
          itemSelectionLabel: (_selection, { CustomKeyStoreName = '' }) => CustomKeyStoreName,
        }}
        empty={
          <Box textAlign="center">
            There are no key stores of this type. <Link href={list}>Create a key store</Link>
          </Box>
        }
      />
    </FormField>
  )
}

const columns = [
  {
    id: 'name',
    header: 'Custom key store name',
    isRowHeader: true,
    cell: ({ CustomKeyStoreName }: CustomKeyStoresListEntry) => CustomKeyStoreName,
  },
  {
    id: 'id',
    header: 'Custom key store ID',
    cell: ({ CustomKeyStoreId: storeId = '' }: CustomKeyStoresListEntry) => (
      <Link href={href('keyStore', { storeId })}>{storeId}</Link>
    ),
  },
  {
    id: 'connection',
    header: 'Connection state',
    cell: (store: CustomKeyStoresListEntry) => (
      <SpaceBetween size="xxs">
        <ConnectionState store={store} />
        {newKeyFault(store) !== undefined && <Box variant="small">{newKeyFault(store)}</Box>}
      </SpaceBetween>
    ),
  },
]

function ExternalKey({ value, onChange, isTried }: StepProps) {
  return (
    <Container header={<Header variant="h2">External key</Header>}>
      <FormField
        label="External key ID"
        info={<Info topic="externalKeyId" about="the external key ID" />}
        constraintText="The ID in the external key manager. No other KMS key of this key store may have it."
        errorText={isTried || value.xksKeyId !== '' ? xksKeyFault(value.xksKeyId) : undefined}
      >
        <Input
          value={value.xksKeyId}
          autoComplete={false}
          spellcheck={false}
          onChange={({ detail }) => onChange({ ...value, xksKeyId: detail.value })}
        />
      </FormField>
    </Container>
  )
}
