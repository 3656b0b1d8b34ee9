import type { GrantOperation, KeyMetadata } from '@aws-sdk/client-kms'
import Alert from '@cloudscape-design/components/alert'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Multiselect from '@cloudscape-design/components/multiselect'
import RadioGroup from '@cloudscape-design/components/radio-group'
import { useState } from 'react'
import {
  grantableOperations,
  grantFaults,
  grantInput,
  type NewGrant,
  noGrant,
} from '../../../model/grants.ts'
import { currentRegion } from '../../../route/use-route.ts'
import { Confirm } from '../../../ui/confirm.tsx'
import { ContextPairs } from '../../../ui/context-pairs.tsx'
import { Copied } from '../../../ui/copied.tsx'
import { FormModal } from '../../../ui/form-modal.tsx'
import { kmsGrants } from '../../../wire/kms/grants.ts'
import { useAct } from '../../../wire/use-call.ts'

interface CreateGrantProps {
  readonly keyId: string
  readonly metadata: KeyMetadata
  readonly onClose: () => void
}

/** Makes a grant, and shows its token once. */
export function CreateGrant({ keyId, metadata, onClose }: CreateGrantProps) {
  const [grant, setGrant] = useState(noGrant)
  const [isTried, setTried] = useState(false)
  const create = useAct(
    () => kmsGrants.createGrant(grantInput(keyId, grant), { region: currentRegion() }),
    ['ListGrants'],
    { hasSecret: true },
  )
  if (create.data !== undefined)
    return <Made id={create.data.GrantId ?? ''} token={create.data.GrantToken ?? ''} onClose={onClose} />
  const faults = grantFaults(grant)
  const isGood = Object.values(faults).every(fault => fault === undefined)
  return (
    <Confirm
      title="Create grant"
      action="Create grant"
      isWide
      isBusy={create.isPending}
      error={create.error}
      blockedBecause={isTried && !isGood ? 'Complete the fields first.' : undefined}
      onCancel={onClose}
      onConfirm={() => {
        setTried(true)
        if (isGood) create.mutate(undefined)
      }}
    >
      <Fields value={grant} metadata={metadata} faults={isTried ? faults : {}} onChange={setGrant} />
    </Confirm>
  )
}

interface FieldsProps {
  readonly value: NewGrant
  readonly metadata: KeyMetadata
  readonly faults: Partial<ReturnType<typeof grantFaults>>
  readonly onChange: (next: NewGrant) => void
}

function Fields({ value, metadata, faults, onChange }: FieldsProps) {
  const { KeySpec = 'SYMMETRIC_DEFAULT', KeyUsage = 'ENCRYPT_DECRYPT' } = metadata
  const set = (change: Partial<NewGrant>) => onChange({ ...value, ...change })
  const text = (name: 'name' | 'grantee' | 'retiring') => (
    <Input
      value={value[name]}
      autoComplete={false}
      spellcheck={false}
      onChange={({ detail }) => set({ [name]: detail.value })}
    />
  )
  return (
    <>
      <FormField
        label="Grantee principal"
        description="The ARN of the user, role or session that may use the key."
        errorText={faults.grantee}
      >
        {text('grantee')}
      </FormField>
      <FormField label="Operations" errorText={faults.operations}>
        <Multiselect
          placeholder="Choose operations"
          options={grantableOperations(KeySpec, KeyUsage).map(name => ({ value: name, label: name }))}
          selectedOptions={value.operations.map(name => ({ value: name, label: name }))}
          onChange={({ detail }) =>
            set({ operations: detail.selectedOptions.map(option => option.value as GrantOperation) })
          }
        />
      </FormField>
      <FormField
        label="Retiring principal - optional"
        description="The ARN of a principal that may end the grant when its work is done."
        errorText={faults.retiring}
      >
        {text('retiring')}
      </FormField>
      <FormField
        label="Name - optional"
        description="A second call with the same name and content makes no second grant."
        errorText={faults.name}
      >
        {text('name')}
      </FormField>
      {KeySpec === 'SYMMETRIC_DEFAULT' && <Constraint value={value} fault={faults.context} onChange={set} />}
    </>
  )
}

interface ConstraintProps {
  readonly value: NewGrant
  readonly fault: string | undefined
  readonly onChange: (change: Partial<NewGrant>) => void
}

function Constraint({ value, fault, onChange }: ConstraintProps) {
  return (
    <>
      <FormField label="Encryption context constraint">
        <RadioGroup
          value={value.constraint}
          onChange={({ detail }) => onChange({ constraint: detail.value as NewGrant['constraint'] })}
          items={[
            { value: 'none', label: 'None' },
            { value: 'equals', label: 'The encryption context has these pairs and no others' },
            { value: 'subset', label: 'The encryption context has these pairs' },
          ]}
        />
      </FormField>
      {value.constraint !== 'none' && (
        <FormField label="Encryption context" errorText={fault} stretch>
          <ContextPairs
            of="Encryption context"
            pairs={value.context}
            onChange={context => onChange({ context })}
          />
        </FormField>
      )}
    </>
  )
}

interface MadeProps {
  readonly id: string
  readonly token: string
  readonly onClose: () => void
}

/** The token of a new grant, which nobody can read again. */
function Made({ id, token, onClose }: MadeProps) {
  return (
    <FormModal title="Grant created" action="Done" cancel="Close" onConfirm={onClose} onCancel={onClose}>
      <Alert type="success">The grant {id} is created.</Alert>
      <FormField
        label="Grant token"
        description="The grantee can use the grant with it at once. It is shown this one time."
      >
        <Copied text={token} label="Copy grant token" />
      </FormField>
    </FormModal>
  )
}
