import Box from '@cloudscape-design/components/box'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQueries } from '@tanstack/react-query'
import { deletedAtOnceMax } from '../../model/deletion.ts'
import type { Route } from '../../route/route.ts'
import { currentRegion } from '../../route/use-route.ts'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'
import { Loading } from '../../ui/states/loaded.tsx'
import { everyPage } from '../../wire/every-page.ts'
import { kms } from '../../wire/kms.ts'
import { DeletionForm } from './deletion-form.tsx'
import { UseTable } from './use-table.tsx'

/** Schedules the deletion of keys, after a look at who uses them. The ids of the keys are in the address. */
export function DeleteKeysPage({ route: { query } }: { readonly route: Route }) {
  const ids = (query['ids'] ?? '')
    .split(',')
    .filter(id => id !== '')
    .slice(0, deletedAtOnceMax)
  const found = useKeys(ids)
  const error = found.find(key => key.error !== null)?.error
  const keys = found.flatMap(({ data }) => data ?? [])
  const title = ids.length === 1 ? 'Schedule key deletion' : `Schedule deletion of ${ids.length} keys`
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Data under a deleted key can never be read again, by anybody.">
        {title}
      </Header>
      {ids.length === 0 && <Box>No key is named. Choose keys in the list first.</Box>}
      {error !== undefined && error !== null && <ErrorAlert error={error} action="kms:DescribeKey" />}
      {found.some(({ isPending }) => isPending) && <Loading name="the keys" />}
      {keys.length > 0 && keys.length === ids.length && (
        <>
          <UseTable keys={keys} />
          <DeletionForm keys={keys} />
        </>
      )}
    </SpaceBetween>
  )
}

/** The keys with their aliases. Without the permission to list aliases they have none. */
function useKeys(ids: readonly string[]) {
  const region = currentRegion()
  return useQueries({
    queries: ids.map(id => ({
      queryKey: ['DescribeKey', region, { KeyId: id }, 'aliases'],
      queryFn: async ({ signal }: { readonly signal: AbortSignal }) => {
        const { KeyMetadata } = await kms.describeKey({ KeyId: id }, { region, signal })
        const keyId = KeyMetadata?.Arn ?? id
        const aliases = await everyPage(async marker => {
          const answer = await kms.listAliases({ KeyId: keyId, Marker: marker }, { region, signal })
          return { items: answer.Aliases ?? [], next: answer.NextMarker }
        }).catch(() => [])
        return { KeyId: KeyMetadata?.KeyId ?? id, KeyArn: keyId, KeyMetadata, Aliases: aliases }
      },
    })),
  })
}
