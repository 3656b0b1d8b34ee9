import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'
import type { KeyPlace } from '../../model/new-key.ts'
import { ErrorAlert } from '../states/error-alert.tsx'
import { PastePrincipals } from './paste-principals.tsx'
import { PrincipalsTable } from './principals-table.tsx'
import { usePrincipals } from './use-principals.ts'

interface ChoosePrincipalsProps {
  readonly title: string
  readonly info: ReactNode
  readonly place: KeyPlace
  readonly selected: readonly string[]
  readonly onChange: (arns: readonly string[]) => void
}

/** Chooses users and roles: from a table, and by ARN if a list is refused. */
export function ChoosePrincipals({ title, info, place, selected, onChange }: ChoosePrincipalsProps) {
  const { principals, isLoading, refused } = usePrincipals()
  const listed = new Set(principals.map(({ arn }) => arn))
  const unlisted = selected.filter(arn => !listed.has(arn))
  const pasted = isLoading ? [] : unlisted
  return (
    <SpaceBetween size="m">
      {refused.map(
        ({ query, action }) =>
          query.error !== null && (
            <ErrorAlert
              key={action}
              error={query.error}
              action={action}
              onRetry={() => void query.refetch()}
            />
          ),
      )}
      {refused.length < 2 && (
        <PrincipalsTable
          {...{ title, info, principals, isLoading }}
          selected={selected}
          onChange={arns => onChange([...arns, ...unlisted])}
        />
      )}
      {(refused.length > 0 || pasted.length > 0) && (
        <PastePrincipals
          header={
            refused.length === 2 && (
              <Header variant="h2" info={info}>
                {title}
              </Header>
            )
          }
          place={place}
          pasted={pasted}
          onAdd={arns => onChange([...new Set([...selected, ...arns])])}
          onRemove={removed => onChange(selected.filter(arn => arn !== removed))}
        />
      )}
    </SpaceBetween>
  )
}
