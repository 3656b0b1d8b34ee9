import type { CustomKeyStoresListEntry, CustomKeyStoreType } from '@aws-sdk/client-kms'
import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { type ReactNode, useState } from 'react'
import { Info } from '../../ui/help.tsx'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'
import { useLate } from '../../ui/use-late.ts'
import { useStores } from '../../wire/use-stores.ts'
import { CreateClusterStore } from './create-cluster-store.tsx'
import { CreateExternalStore } from './create-external-store.tsx'
import { StoreActions } from './store-actions.tsx'
import { columnsOf } from './store-columns.tsx'
import { storeKinds } from './store-kinds.ts'

/** The list of AWS CloudHSM key stores. */
export function CloudHsmStoresPage() {
  return <KeyStores type="AWS_CLOUDHSM" />
}

/** The list of external key stores. */
export function ExternalStoresPage() {
  return <KeyStores type="EXTERNAL_KEY_STORE" />
}

interface KeyStoresProps {
  readonly type: CustomKeyStoreType
}

function KeyStores({ type }: KeyStoresProps) {
  const kind = storeKinds[type]
  const query = useStores()
  const [chosen, setChosen] = useState<string>()
  const [isCreating, setCreating] = useState(false)
  const isLate = useLate(query.isPending)
  const stores = query.data?.filter(({ CustomKeyStoreType: its }) => its === type)
  const selected = stores?.find(({ CustomKeyStoreId }) => CustomKeyStoreId === chosen)
  const Create = type === 'AWS_CLOUDHSM' ? CreateClusterStore : CreateExternalStore
  return (
    <SpaceBetween size="l">
      {!kind.isConfigured() && <Alert type="info">{kind.configure}</Alert>}
      <Table<CustomKeyStoresListEntry>
        variant="full-page"
        stickyHeader
        wrapLines
        selectionType="single"
        trackBy="CustomKeyStoreId"
        selectedItems={selected === undefined ? [] : [selected]}
        onSelectionChange={({ detail }) => setChosen(detail.selectedItems[0]?.CustomKeyStoreId)}
        items={stores ?? []}
        loading={query.isPending && isLate}
        loadingText="Loading key stores"
        columnDefinitions={columnsOf(type)}
        ariaLabels={{
          tableLabel: kind.title,
          selectionGroupLabel: 'Selected key store',
          itemSelectionLabel: (_selection, { CustomKeyStoreName = '' }) => CustomKeyStoreName,
        }}
        header={
          <ListHeader type={type} count={stores?.length}>
            <Button iconName="refresh" ariaLabel="Refresh key stores" onClick={() => void query.refetch()} />
            <StoreActions store={selected} />
            <Button variant="primary" onClick={() => setCreating(true)}>
              Create key store
            </Button>
          </ListHeader>
        }
        empty={
          query.error !== null ? (
            <ErrorAlert
              error={query.error}
              action="kms:DescribeCustomKeyStores"
              onRetry={() => void query.refetch()}
            />
          ) : (
            stores !== undefined && <NoStores type={type} onCreate={() => setCreating(true)} />
          )
        }
      />
      {isCreating && <Create onClose={() => setCreating(false)} />}
    </SpaceBetween>
  )
}

interface ListHeaderProps extends KeyStoresProps {
  readonly count: number | undefined
  readonly children: ReactNode
}

function ListHeader({ type, count, children }: ListHeaderProps) {
  const { title, list } = storeKinds[type]
  return (
    <Header
      variant="awsui-h1-sticky"
      info={<Info topic={list} about={title} />}
      {...(count !== undefined && { counter: `(${count})` })}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          {children}
        </SpaceBetween>
      }
    >
      {title}
    </Header>
  )
}

function NoStores({ type, onCreate }: KeyStoresProps & { readonly onCreate: () => void }) {
  return (
    <Box textAlign="center">
      <SpaceBetween size="xs">
        <b>No key stores</b>
        <Box>{storeKinds[type].purpose}</Box>
        <Button onClick={onCreate}>Create key store</Button>
      </SpaceBetween>
    </Box>
  )
}
