import type { GrantListEntry } from '@aws-sdk/client-kms'
import Badge from '@cloudscape-design/components/badge'
import type { TableProps } from '@cloudscape-design/components/table'
import { constraintText, isOfService } from '../../../model/grants.ts'
import { Copy } from '../../../ui/copy.tsx'
import { Time } from '../../../ui/time.tsx'

/** The columns of the table of grants. */
export const columns: readonly TableProps.ColumnDefinition<GrantListEntry>[] = [
  {
    id: 'id',
    header: 'Grant ID',
    isRowHeader: true,
    cell: grant => (
      <span className="id-text">
        <Copy text={grant.GrantId ?? ''} label="Copy grant ID" /> {grant.GrantId?.slice(0, 12)}…{' '}
        {isOfService(grant) && <Badge>AWS service</Badge>}
      </span>
    ),
  },
  { id: 'name', header: 'Name', cell: ({ Name }) => Name || '-' },
  { id: 'grantee', header: 'Grantee principal', cell: ({ GranteePrincipal }) => GranteePrincipal ?? '-' },
  { id: 'operations', header: 'Operations', cell: ({ Operations = [] }) => Operations.join(', ') },
  { id: 'constraints', header: 'Constraints', cell: constraintText },
  { id: 'retiring', header: 'Retiring principal', cell: ({ RetiringPrincipal }) => RetiringPrincipal ?? '-' },
  { id: 'issuer', header: 'Issuing account', cell: ({ IssuingAccount }) => IssuingAccount ?? '-' },
  { id: 'created', header: 'Creation date', cell: ({ CreationDate }) => <Time at={CreationDate} /> },
]
