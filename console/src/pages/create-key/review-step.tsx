import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'
import { aliasNameOf } from '../../model/aliases.ts'
import { isInStore } from '../../model/key-specs.ts'
import { originLabel, typeLabel, usageLabel } from '../../model/labels.ts'
import { policyOf, type Step } from '../../model/new-key.ts'
import { PolicyView } from '../../ui/policy-view.tsx'
import type { StepProps } from './step-props.ts'

interface ReviewStepProps extends StepProps {
  readonly onEdit: (step: Step) => void
  /** The error of the last try to make the key. */
  readonly error: ReactNode
}

/** The last step: everything that was chosen. Each part leads back to its step. */
export function ReviewStep({ value, place, onEdit, error }: ReviewStepProps) {
  const { text, isEdited } = policyOf(value, place)
  const part = (title: string, step: Step, content: ReactNode) => (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button onClick={() => onEdit(step)} ariaLabel={`Edit ${title.toLowerCase()}`}>
              Edit
            </Button>
          }
        >
          {title}
        </Header>
      }
    >
      {content}
    </Container>
  )
  return (
    <SpaceBetween size="l">
      {part('Key configuration', 'configure', <Configuration value={value} />)}
      {isInStore(value.origin) && part('Key store', 'store', <KeyStore value={value} />)}
      {part('Alias, description and tags', 'labels', <Labels value={value} />)}
      {part('Key administrators', 'administrators', <Administrators value={value} />)}
      {part('Key users', 'users', <Users value={value} />)}
      {part(
        isEdited ? 'Key policy (edited)' : 'Key policy',
        'policy',
        <PolicyView text={text} label="key policy" />,
      )}
      {error}
    </SpaceBetween>
  )
}

type PartProps = Pick<StepProps, 'value'>

function Configuration({ value: { keySpec, keyUsage, origin, isMultiRegion } }: PartProps) {
  return (
    <KeyValuePairs
      columns={3}
      items={[
        { label: 'Key type', value: typeLabel(keySpec) },
        { label: 'Key usage', value: usageLabel(keyUsage) },
        { label: 'Key spec', value: keySpec },
        { label: 'Origin', value: originLabel(origin) },
        { label: 'Regionality', value: isMultiRegion ? 'Multi-Region key' : 'Single-Region key' },
      ]}
    />
  )
}

function KeyStore({ value: { origin, storeId, xksKeyId } }: PartProps) {
  return (
    <KeyValuePairs
      columns={3}
      items={[
        { label: 'Custom key store ID', value: storeId },
        ...(origin === 'EXTERNAL_KEY_STORE' ? [{ label: 'External key ID', value: xksKeyId }] : []),
      ]}
    />
  )
}

function Labels({ value: { alias, description, tags } }: PartProps) {
  return (
    <KeyValuePairs
      columns={3}
      items={[
        { label: 'Alias', value: aliasNameOf(alias) },
        { label: 'Description', value: description || '-' },
        { label: 'Tags', value: <Lines lines={tags.map(tag => `${tag.key} = ${tag.value}`)} /> },
      ]}
    />
  )
}

function Administrators({ value: { administrators, mayDelete } }: PartProps) {
  return (
    <KeyValuePairs
      columns={2}
      items={[
        { label: 'Users and roles', value: <Lines lines={administrators} /> },
        { label: 'Key deletion', value: mayDelete ? 'Allowed to key administrators' : 'Not allowed to them' },
      ]}
    />
  )
}

function Users({ value: { users, otherAccounts } }: PartProps) {
  return (
    <KeyValuePairs
      columns={2}
      items={[
        { label: 'Users and roles', value: <Lines lines={users} /> },
        { label: 'Other AWS accounts', value: <Lines lines={otherAccounts} /> },
      ]}
    />
  )
}

function Lines({ lines }: { readonly lines: readonly string[] }) {
  if (lines.length === 0) return <>-</>
  return lines.map(line => <Box key={line}>{line}</Box>)
}
