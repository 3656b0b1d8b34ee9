import Box from '@cloudscape-design/components/box'
import Link from '@cloudscape-design/components/link'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { ReactNode } from 'react'
import { aliasLabel, stateIndicator, stateLabel } from '../../model/labels.ts'
import { href } from '../../route/use-route.ts'
import { Time } from '../../ui/time.tsx'
import type { KeyDetails } from '../../wire/keyward.ts'

interface CellProps {
  readonly of: KeyDetails
}

const pageOf = (keyId: string, tab?: string) => href('key', { keyId }, tab === undefined ? {} : { tab })

/** The place of a fact that the caller may not see, with the action that it lacks. */
function Needs({ action }: { readonly action: string }) {
  return (
    <Box color="text-status-inactive" display="inline">
      Needs {action}
    </Box>
  )
}

/** The first alias, and how many more there are. */
export function Aliases({ of: { KeyId, Aliases: aliases, Denied } }: CellProps) {
  const [first, ...more] = aliases ?? []
  if (first === undefined)
    return Denied.includes('kms:ListAliases') ? <Needs action="kms:ListAliases" /> : '-'
  return (
    <>
      <Link href={pageOf(KeyId)}>{aliasLabel(first.AliasName ?? '')}</Link>
      {more.length > 0 && (
        <>
          {' '}
          <Link href={pageOf(KeyId, 'aliases')} ariaLabel={`${more.length} more aliases of ${KeyId}`}>
            (+{more.length} more)
          </Link>
        </>
      )}
    </>
  )
}

export const KeyId = ({ of: { KeyId: keyId } }: CellProps) => <Link href={pageOf(keyId)}>{keyId}</Link>

/** A fact of the key's metadata. Only the status says why all of them are missing, so that a row stays readable. */
export function Fact({ of: { KeyMetadata: metadata }, read }: CellProps & { readonly read: Reading }) {
  return <>{(metadata !== undefined && read(metadata)) || '-'}</>
}

type Reading = (metadata: NonNullable<KeyDetails['KeyMetadata']>) => ReactNode

export function State({ of: { KeyMetadata: metadata } }: CellProps) {
  if (metadata === undefined) return <Needs action="kms:DescribeKey" />
  return (
    <StatusIndicator type={stateIndicator(metadata.KeyState)}>
      {stateLabel(metadata.KeyState)}
    </StatusIndicator>
  )
}

export function Tags({ of: { Tags: tags, Denied } }: CellProps) {
  if (tags === undefined && Denied.includes('kms:ListResourceTags'))
    return <Needs action="kms:ListResourceTags" />
  return tags?.map(({ TagKey, TagValue }) => (TagValue ? `${TagKey}=${TagValue}` : TagKey)).join(', ') || '-'
}

/** The last use. The list has it only of keys of which the caller may see it. */
export function LastUsed({ of: { LastUsage: usage } }: CellProps) {
  if (usage === undefined) return <Needs action="kms:GetKeyLastUsage" />
  return usage.Timestamp === undefined ? 'Never' : <Time at={usage.Timestamp} />
}
