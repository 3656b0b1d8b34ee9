import type { KeyMetadata } from '@aws-sdk/client-kms'
import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs, { type KeyValuePairsProps } from '@cloudscape-design/components/key-value-pairs'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { type ReactNode, useState } from 'react'
import { aliasLabel, regionalityLabel, stateIndicator, stateLabel } from '../../model/labels.ts'
import { Copy } from '../../ui/copy.tsx'
import { Info } from '../../ui/help.tsx'
import { CancelDeletion } from '../../ui/key-actions/cancel-deletion.tsx'
import { LastUsed } from '../../ui/last-used.tsx'
import { Time } from '../../ui/time.tsx'
import { EditDescription } from './edit-description.tsx'
import type { ShownKey } from './shown-key.ts'
import { useAliases } from './use-aliases.ts'

interface GeneralConfigurationProps {
  readonly shown: ShownKey
  readonly onShowAliases: () => void
}

/** The facts of a key above its tabs. */
export function GeneralConfiguration({ shown, onShowAliases }: GeneralConfigurationProps) {
  const [isEditing, setEditing] = useState(false)
  const { metadata = {} as KeyMetadata, fixedBecause } = shown
  return (
    <SpaceBetween size="l">
      <StateNotice metadata={metadata} />
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <Button
                onClick={() => setEditing(true)}
                ariaLabel="Edit description"
                disabled={fixedBecause !== undefined}
                {...(fixedBecause !== undefined && { disabledReason: fixedBecause })}
              >
                Edit
              </Button>
            }
          >
            General configuration
          </Header>
        }
      >
        <KeyValuePairs columns={3} minColumnWidth={220} items={itemsOf(shown, metadata, onShowAliases)} />
      </Container>
      {isEditing && <EditDescription metadata={metadata} onClose={() => setEditing(false)} />}
    </SpaceBetween>
  )
}

function itemsOf(
  shown: ShownKey,
  metadata: KeyMetadata,
  onShowAliases: () => void,
): KeyValuePairsProps.Item[] {
  const { KeyState, Description, CreationDate, CurrentKeyMaterialId, DeletionDate, ValidTo } = metadata
  const dated = (label: string, at: Date | undefined) =>
    at === undefined ? [] : [{ label, value: <Time at={at} /> }]
  return [
    { label: 'Alias', value: <FirstAlias shown={shown} onShowAliases={onShowAliases} /> },
    {
      label: 'Status',
      value: <StatusIndicator type={stateIndicator(KeyState)}>{stateLabel(KeyState)}</StatusIndicator>,
    },
    { label: 'Creation date', value: <Time at={CreationDate} /> },
    { label: 'ARN', value: <Copied text={shown.id} label="Copy ARN" /> },
    { label: 'Description', value: <span className="any-text">{Description || '-'}</span> },
    { label: 'Regionality', value: regionalityLabel(metadata) },
    {
      label: 'Last used',
      info: <Info topic="lastUsed" about="the last use" />,
      value: <LastUsed keyId={shown.id} />,
    },
    ...(CurrentKeyMaterialId === undefined
      ? []
      : [
          {
            label: 'Current key material ID',
            value: <Copied text={CurrentKeyMaterialId} label="Copy key material ID" />,
          },
        ]),
    ...dated('Deletion date', DeletionDate),
    ...dated('Expiration date', ValidTo),
    ...(shown.isForeign ? [{ label: 'Account', value: metadata.AWSAccountId ?? '-' }] : []),
  ]
}

/** The first alias, and the way to the others. */
function FirstAlias({ shown, onShowAliases }: GeneralConfigurationProps) {
  const [first, ...more] = useAliases(shown).data ?? []
  if (first === undefined) return <>-</>
  return (
    <>
      {aliasLabel(first.AliasName ?? '')}{' '}
      {more.length > 0 && (
        <Link onFollow={onShowAliases} ariaLabel={`${more.length} more aliases`}>
          (+{more.length} more)
        </Link>
      )}
    </>
  )
}

function Copied({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <span className="id-text">
      <Copy text={text} label={label} /> {text}
    </span>
  )
}

/** Says what a state that is neither Enabled nor Disabled means for the key. */
function StateNotice({ metadata }: { readonly metadata: KeyMetadata }) {
  const { KeyState, DeletionDate } = metadata
  if (KeyState === 'PendingDeletion')
    return (
      <DeletionNotice metadata={metadata}>
        The key is pending deletion: it cannot be used, and is deleted on <Time at={DeletionDate} />.
      </DeletionNotice>
    )
  if (KeyState === 'PendingReplicaDeletion')
    return (
      <DeletionNotice metadata={metadata}>
        The key is deleted some time after the last of its replica keys.
      </DeletionNotice>
    )
  if (KeyState === 'PendingImport')
    return <Alert type="info">The key has no key material: import it before the key is used.</Alert>
  return KeyState === 'Unavailable' ? (
    <Alert type="warning">The custom key store of the key is not connected, so the key cannot be used.</Alert>
  ) : null
}

interface DeletionNoticeProps {
  readonly metadata: KeyMetadata
  readonly children: ReactNode
}

function DeletionNotice({ metadata, children }: DeletionNoticeProps) {
  const [isOpen, setOpen] = useState(false)
  const { KeyId = '', Arn = KeyId } = metadata
  return (
    <Alert type="warning" action={<Button onClick={() => setOpen(true)}>Cancel key deletion</Button>}>
      {children}
      {isOpen && (
        <CancelDeletion
          keys={[{ KeyId, KeyArn: Arn, KeyMetadata: metadata }]}
          onClose={() => setOpen(false)}
        />
      )}
    </Alert>
  )
}
