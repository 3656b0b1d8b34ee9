import Badge from '@cloudscape-design/components/badge'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import Pagination from '@cloudscape-design/components/pagination'
import ProgressBar from '@cloudscape-design/components/progress-bar'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import { href } from '../../route/use-route.ts'
import type { KeyPrincipal } from '../../wire/keyward.ts'
import type { AccessList, AccessQuestion } from './use-access-list.ts'

const pageSize = 50

interface AccessTableProps {
  readonly list: AccessList
  readonly question: AccessQuestion
}

/** The principals that may, with the reason for each. */
export function AccessTable({ list, question }: AccessTableProps) {
  const [page, setPage] = useState(1)
  const { principals } = list
  return (
    <Table<KeyPrincipal>
      wrapLines
      items={principals.slice((page - 1) * pageSize, page * pageSize)}
      header={
        <Header variant="h2" counter={`(${principals.length.toLocaleString('en')})`}>
          Principals
        </Header>
      }
      filter={<Progress list={list} />}
      pagination={
        <Pagination
          currentPageIndex={page}
          pagesCount={Math.max(1, Math.ceil(principals.length / pageSize))}
          onChange={({ detail }) => setPage(detail.currentPageIndex)}
        />
      }
      ariaLabels={{ tableLabel: 'Principals' }}
      empty={
        <Box textAlign="center">
          {list.isReading ? 'None so far.' : 'Nobody may do this with the key, not even under a condition.'}
        </Box>
      }
      columnDefinitions={columnsOf(question)}
    />
  )
}

function Progress({ list }: { readonly list: AccessList }) {
  const { isReading, isStopped, examined, total } = list
  if (!isReading && !isStopped) return null
  return (
    <SpaceBetween direction="horizontal" size="m" alignItems="center">
      <ProgressBar
        value={total === 0 ? 0 : Math.min(100, Math.round((examined / total) * 100))}
        description={`Looked at ${examined.toLocaleString('en')} of ${total.toLocaleString('en')}`}
        ariaLabel="Progress"
      />
      {isReading ? <Button onClick={list.stop}>Stop</Button> : <Button onClick={list.goOn}>Go on</Button>}
    </SpaceBetween>
  )
}

const columnsOf = ({ action, keyId }: AccessQuestion): TableProps.ColumnDefinition<KeyPrincipal>[] => [
  {
    id: 'principal',
    header: 'Principal',
    isRowHeader: true,
    minWidth: 220,
    cell: ({ Principal, IsPublic, IsCrossAccount }) => (
      <>
        {Principal} {IsPublic && <Badge color="severity-critical">Public</Badge>}
        {!IsPublic && IsCrossAccount && <Badge color="severity-medium">Other account</Badge>}
      </>
    ),
  },
  { id: 'type', header: 'Type', cell: ({ PrincipalType }) => PrincipalType },
  { id: 'access', header: 'Access', minWidth: 140, cell: ({ Access: access }) => <AccessKind of={access} /> },
  { id: 'by', header: 'Allowed by', minWidth: 200, cell: principal => <Reasons of={principal} /> },
  {
    id: 'conditions',
    header: 'Conditions',
    minWidth: 200,
    cell: ({ Conditions }) =>
      Conditions.length === 0
        ? '-'
        : Conditions.map(({ Operator, ContextKey, Values, Negated }) => (
            <div key={`${Operator} ${ContextKey}`}>
              {Negated && 'not '}
              {ContextKey} {Operator} {Values.join(', ')}
            </div>
          )),
  },
  {
    id: 'why',
    header: 'Explanation',
    cell: ({ Principal }) =>
      Principal.startsWith('arn:') ? (
        <Link
          href={href('why', {}, { principal: Principal, action, resource: keyId })}
          ariaLabel={`Why? ${Principal}`}
        >
          Why?
        </Link>
      ) : (
        '-'
      ),
  },
]

const words = {
  allowed: { type: 'success', text: 'Allowed' },
  conditional: { type: 'warning', text: 'Under conditions' },
  otherAccountDecides: { type: 'pending', text: 'Its account decides' },
  undecided: { type: 'warning', text: 'Not decided' },
} as const

function AccessKind({ of }: { readonly of: KeyPrincipal['Access'] }) {
  return <StatusIndicator type={words[of].type}>{words[of].text}</StatusIndicator>
}

function Reasons({ of: { By, GrantIds } }: { readonly of: KeyPrincipal }) {
  return (
    <>
      {By.map(({ PolicyType, Policy, Statement }) => (
        <div key={`${PolicyType} ${Policy} ${Statement}`}>
          {Policy}: {Statement}
        </div>
      ))}
      {GrantIds.map(id => (
        <div key={id}>Grant {id.slice(0, 12)}…</div>
      ))}
    </>
  )
}
