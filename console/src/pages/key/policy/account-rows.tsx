import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Table from '@cloudscape-design/components/table'
import { Info } from '../../../ui/help.tsx'

interface AccountRowsProps {
  readonly accounts: readonly string[]
  /** The reason why nothing can change; undefined if it can. */
  readonly fixedBecause: string | undefined
  readonly onAdd: () => void
  readonly onRemove: (id: string) => void
}

/** The other accounts that use the key. */
export function AccountRows({ accounts, fixedBecause, onAdd, onRemove }: AccountRowsProps) {
  const blocked = fixedBecause === undefined ? {} : { disabled: true, disabledReason: fixedBecause }
  return (
    <Table<string>
      variant="embedded"
      header={
        <Header
          variant="h3"
          counter={`(${accounts.length})`}
          info={<Info topic="otherAccounts" about="other AWS accounts" />}
          actions={
            <Button {...blocked} onClick={onAdd}>
              Add another AWS account
            </Button>
          }
        >
          Other AWS accounts
        </Header>
      }
      items={accounts}
      columnDefinitions={[
        { id: 'id', header: 'Account ID', isRowHeader: true, cell: id => id },
        {
          id: 'remove',
          header: 'Actions',
          cell: id => (
            <Button
              variant="inline-link"
              ariaLabel={`Remove account ${id}`}
              {...blocked}
              onClick={() => onRemove(id)}
            >
              Remove
            </Button>
          ),
        },
      ]}
      ariaLabels={{ tableLabel: 'Other AWS accounts' }}
      empty={<Box textAlign="center">No other account may use the key.</Box>}
    />
  )
}
