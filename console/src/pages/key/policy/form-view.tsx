import Alert from '@cloudscape-design/components/alert'
import Checkbox from '@cloudscape-design/components/checkbox'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { KeyPlace } from '../../../model/new-key.ts'
import type { PolicyForm } from '../../../model/policy/policy-form.ts'
import { policyPrincipal } from '../../../model/policy/policy-principals.ts'
import { Info } from '../../../ui/help.tsx'
import { AccountRows } from './account-rows.tsx'
import { AddAccount } from './add-account.tsx'
import { AddPrincipals } from './add-principals.tsx'
import { OtherStatements } from './other-statements.tsx'
import { PrincipalRows } from './principal-rows.tsx'

interface FormViewProps {
  readonly form: PolicyForm
  readonly place: KeyPlace
  /** The reason why nothing can change; undefined if it can. */
  readonly fixedBecause: string | undefined
  readonly onChange: (form: PolicyForm) => void
  readonly onViewText: () => void
}

const parts = {
  administrators: {
    title: 'Key administrators',
    info: <Info topic="administrators" about="key administrators" />,
    empty: 'The key policy names no key administrators.',
  },
  users: {
    title: 'Key users',
    info: <Info topic="keyUsers" about="key users" />,
    empty: 'The key policy names no key users.',
  },
} as const
type Part = keyof typeof parts

const takenBecause = (part: Part) =>
  `A statement has the title that the console gives to ${parts[part].title.toLowerCase()}, but not the form. Change it as text.`

/** A key policy in the form of AWS's console: administrators, users and other accounts. */
export function FormView({ form, place, fixedBecause, onChange, onViewText }: FormViewProps) {
  const [adding, setAdding] = useState<Part | 'account'>()
  const close = () => setAdding(undefined)
  const change = (next: Partial<PolicyForm>) => {
    onChange({ ...form, ...next })
    close()
  }
  const fixedPart = (part: Part) =>
    fixedBecause ?? (form.taken.includes(part) ? takenBecause(part) : undefined)
  const rows = (part: Part) => (
    <PrincipalRows
      {...parts[part]}
      principals={form[part]}
      fixedBecause={fixedPart(part)}
      onAdd={() => setAdding(part)}
      onRemove={removed => change({ [part]: form[part].filter(id => !removed.includes(id)) })}
    />
  )
  return (
    <SpaceBetween size="l">
      <DeletedAdvice principals={[...form.administrators, ...form.users]} />
      {rows('administrators')}
      {form.administrators.length > 0 && (
        <Deletion
          isAllowed={form.mayDelete}
          isFixed={fixedBecause !== undefined}
          onChange={mayDelete => change({ mayDelete })}
        />
      )}
      {rows('users')}
      <AccountRows
        accounts={form.otherAccounts}
        fixedBecause={fixedPart('users')}
        onAdd={() => setAdding('account')}
        onRemove={removed => change({ otherAccounts: form.otherAccounts.filter(id => id !== removed) })}
      />
      {form.others.length > 0 && <OtherStatements statements={form.others} onView={onViewText} />}
      {(adding === 'administrators' || adding === 'users') && (
        <AddPrincipals
          {...parts[adding]}
          place={place}
          onAdd={arns => change({ [adding]: [...new Set([...form[adding], ...arns])] })}
          onClose={close}
        />
      )}
      {adding === 'account' && (
        <AddAccount
          accounts={form.otherAccounts}
          place={place}
          onAdd={id => change({ otherAccounts: [...form.otherAccounts, id] })}
          onClose={close}
        />
      )}
    </SpaceBetween>
  )
}

interface DeletionProps {
  readonly isAllowed: boolean
  readonly isFixed: boolean
  readonly onChange: (isAllowed: boolean) => void
}

function Deletion({ isAllowed, isFixed, onChange }: DeletionProps) {
  return (
    <div>
      <Header variant="h3" info={<Info topic="keyDeletion" about="key deletion" />}>
        Key deletion
      </Header>
      <Checkbox checked={isAllowed} disabled={isFixed} onChange={({ detail }) => onChange(detail.checked)}>
        Allow key administrators to delete this key
      </Checkbox>
    </div>
  )
}

function DeletedAdvice({ principals }: { readonly principals: readonly string[] }) {
  if (!principals.some(id => policyPrincipal(id).isDeleted)) return null
  return (
    <Alert type="warning">
      The policy names users or roles that were deleted. They have no access, and the server refuses a changed
      policy that still names them. Remove them here.
    </Alert>
  )
}
