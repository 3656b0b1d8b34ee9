import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Form from '@cloudscape-design/components/form'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type FormEvent, useState } from 'react'
import { confirmationOf, deletionFault, waitingDays, waitingFault } from '../../model/deletion.ts'
import { toggleFault } from '../../model/key-states.ts'
import { currentRegion, href, navigate } from '../../route/use-route.ts'
import { flash } from '../../ui/flash.ts'
import type { ActedKey } from '../../ui/key-actions/acted-key.ts'
import { KeyOutcomes } from '../../ui/key-actions/key-outcomes.tsx'
import { ToggleKeys } from '../../ui/key-actions/toggle-keys.tsx'
import { useEachKey } from '../../ui/key-actions/use-each-key.ts'
import { kmsDeletion } from '../../wire/kms/deletion.ts'

/** Offers to disable the keys, and deletes them for somebody who types their name. */
export function DeletionForm({ keys }: { readonly keys: readonly ActedKey[] }) {
  const [typed, setTyped] = useState<Typed>({ days: String(waitingDays.default), confirmation: '' })
  const [isTried, setTried] = useState(false)
  const region = currentRegion()
  const { outcomes, run } = useEachKey(
    ({ KeyArn }) =>
      kmsDeletion.scheduleKeyDeletion({ KeyId: KeyArn, PendingWindowInDays: Number(typed.days) }, { region }),
    ['ListKeyDetails', 'DescribeKey'],
  )
  const possible = keys.filter(({ KeyMetadata }) => deletionFault(KeyMetadata) === undefined)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (Object.values(faultsOf(typed, keys)).some(fault => fault !== undefined) || run.isPending) return
    const left = possible.filter(({ KeyId }) => outcomes[KeyId]?.state !== 'done')
    run.mutate(left, { onSuccess: ({ failed }) => failed === 0 && leave(keys, typed.days) })
  }
  const reason = possible.length === 0 ? deletionFault(keys[0]?.KeyMetadata) : undefined
  return (
    <SpaceBetween size="l">
      <DisableInstead keys={keys} />
      <form onSubmit={submit}>
        <Form actions={<Buttons isBusy={run.isPending} blockedBecause={reason} />}>
          <Container>
            <SpaceBetween size="m">
              <Fields keys={keys} value={typed} isTried={isTried} onChange={setTyped} />
              {(run.isPending || run.isSuccess) && (
                <KeyOutcomes keys={possible} outcomes={outcomes} done="scheduled" />
              )}
            </SpaceBetween>
          </Container>
        </Form>
      </form>
    </SpaceBetween>
  )
}

interface Typed {
  readonly days: string
  readonly confirmation: string
}

const faultsOf = ({ days, confirmation }: Typed, keys: readonly ActedKey[]) => ({
  days: waitingFault(days),
  confirmation: confirmation === confirmationOf(keys) ? undefined : `Type ${confirmationOf(keys)}.`,
})

interface FieldsProps {
  readonly keys: readonly ActedKey[]
  readonly value: Typed
  readonly isTried: boolean
  readonly onChange: (next: Typed) => void
}

function Fields({ keys, value, isTried, onChange }: FieldsProps) {
  const faults = faultsOf(value, keys)
  return (
    <SpaceBetween size="m">
      <FormField
        label="Waiting period (in days)"
        description={`From ${waitingDays.min} to ${waitingDays.max}. Until its end the deletion can be cancelled.`}
        errorText={isTried ? faults.days : undefined}
      >
        <Input
          value={value.days}
          inputMode="numeric"
          onChange={({ detail }) => onChange({ ...value, days: detail.value })}
        />
      </FormField>
      <FormField
        label={`To confirm, type ${confirmationOf(keys)}`}
        errorText={isTried ? faults.confirmation : undefined}
      >
        <Input
          value={value.confirmation}
          autoComplete={false}
          spellcheck={false}
          onChange={({ detail }) => onChange({ ...value, confirmation: detail.value })}
        />
      </FormField>
    </SpaceBetween>
  )
}

interface ButtonsProps {
  readonly isBusy: boolean
  /** The reason why no key can be deleted; undefined if one can. */
  readonly blockedBecause: string | undefined
}

function Buttons({ isBusy, blockedBecause }: ButtonsProps) {
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button variant="link" formAction="none" href={href('keys')}>
        Cancel
      </Button>
      <Button
        variant="primary"
        loading={isBusy}
        disabled={blockedBecause !== undefined}
        {...(blockedBecause !== undefined && { disabledReason: blockedBecause })}
      >
        Schedule deletion
      </Button>
    </SpaceBetween>
  )
}

function leave(keys: readonly ActedKey[], days: string): void {
  const names = keys.length === 1 ? confirmationOf(keys) : `${keys.length} keys`
  flash.success(`The deletion of ${names} is scheduled: it takes place in ${days} days.`)
  const [only] = keys
  navigate(keys.length === 1 && only !== undefined ? href('key', { keyId: only.KeyArn }) : href('keys'))
}

/** The way without loss. */
function DisableInstead({ keys }: { readonly keys: readonly ActedKey[] }) {
  const [isOpen, setOpen] = useState(false)
  const enabled = keys.filter(({ KeyMetadata: key }) => toggleFault('disable', key?.KeyState) === undefined)
  if (enabled.length === 0) return null
  return (
    <Alert
      type="info"
      header="Disable instead"
      action={
        <Button onClick={() => setOpen(true)}>{enabled.length === 1 ? 'Disable key' : 'Disable keys'}</Button>
      }
    >
      <Box>
        A disabled key does nothing either, but can be enabled again. A caller that needs it gets
        DisabledException, and the event history shows which one that is.
      </Box>
      {isOpen && <ToggleKeys action="disable" keys={enabled} onClose={() => setOpen(false)} />}
    </Alert>
  )
}
