import type { KeyMetadata } from '@aws-sdk/client-kms'
import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import { useState } from 'react'
import { aliasFault, aliasNameOf, moveFault } from '../../../model/aliases.ts'
import { aliasLabel, stateLabel, usageLabel } from '../../../model/labels.ts'
import { currentRegion } from '../../../route/use-route.ts'
import { ActModal } from '../../../ui/act-modal.tsx'
import { Loaded } from '../../../ui/states/loaded.tsx'
import { kms } from '../../../wire/kms.ts'
import { useAct, useCall } from '../../../wire/use-call.ts'

interface MoveAliasProps {
  /** The key that the alias moves to. */
  readonly target: KeyMetadata
  readonly onClose: () => void
}

/** Moves an alias of a different key to this key, with both keys side by side. */
export function MoveAlias({ target, onClose }: MoveAliasProps) {
  const [asked, setAsked] = useState<string>()
  const query = useCall(
    'DescribeKey',
    kms.describeKey,
    { KeyId: asked ?? '' },
    { isEnabled: asked !== undefined },
  )
  const from = asked === undefined ? undefined : query.data?.KeyMetadata
  const refused = from === undefined ? undefined : moveFault(from, target)
  const move = useAct(
    (name: string) =>
      kms.updateAlias({ AliasName: name, TargetKeyId: target.KeyId }, { region: currentRegion() }),
    ['ListAliases', 'ListKeyDetails', 'DescribeKey'],
  )
  return (
    <ActModal
      title="Move alias to this key"
      isWide
      action="Move alias"
      act={move}
      input={asked ?? ''}
      blockedBecause={from === undefined ? 'Find the alias first.' : refused}
      done={`The alias ${aliasLabel(asked ?? '')} is moved.`}
      onClose={onClose}
    >
      <FindAlias asked={asked} onAsk={setAsked} />
      {asked !== undefined && (
        <Loaded query={query} name="the key of the alias" action="kms:DescribeKey">
          {({ KeyMetadata }) =>
            KeyMetadata !== undefined && (
              <ColumnLayout columns={2} variant="text-grid">
                <Target title="Old target" metadata={KeyMetadata} />
                <Target title="New target: this key" metadata={target} />
              </ColumnLayout>
            )
          }
        </Loaded>
      )}
      {refused !== undefined && <Alert type="error">{refused}</Alert>}
    </ActModal>
  )
}

interface FindAliasProps {
  /** The name of the alias that was asked for last. */
  readonly asked: string | undefined
  readonly onAsk: (name: string | undefined) => void
}

/** Asks for the alias. The Enter key finds it, and only then moves it. */
function FindAlias({ asked, onAsk }: FindAliasProps) {
  const [text, setText] = useState('')
  const fault = aliasFault(text)
  const find = () => fault === undefined && onAsk(aliasNameOf(text))
  return (
    <FormField
      label="Alias"
      description="Programs that name the alias use this key from then on."
      errorText={text === '' ? undefined : fault}
      secondaryControl={
        <Button formAction="none" onClick={find} disabled={fault !== undefined}>
          Find
        </Button>
      }
    >
      <Input
        value={text}
        autoFocus
        autoComplete={false}
        onChange={({ detail }) => {
          setText(detail.value)
          onAsk(undefined)
        }}
        onKeyDown={event => {
          if (event.detail.key !== 'Enter' || asked !== undefined) return
          event.preventDefault()
          find()
        }}
      />
    </FormField>
  )
}

function Target({ title, metadata }: { readonly title: string; readonly metadata: KeyMetadata }) {
  const { KeyId, KeyState, KeySpec, KeyUsage, Description } = metadata
  return (
    <div>
      <Box variant="h4">{title}</Box>
      <KeyValuePairs
        columns={1}
        items={[
          { label: 'Key ID', value: <span className="any-text">{KeyId}</span> },
          { label: 'Status', value: stateLabel(KeyState) },
          { label: 'Key spec', value: KeySpec ?? '-' },
          { label: 'Key usage', value: usageLabel(KeyUsage) },
          { label: 'Description', value: <span className="any-text">{Description || '-'}</span> },
        ]}
      />
    </div>
  )
}
