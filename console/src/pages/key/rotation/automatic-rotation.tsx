import type { GetKeyRotationStatusCommandOutput, KeyMetadata } from '@aws-sdk/client-kms'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'
import { automaticFault } from '../../../model/rotation.ts'
import { Info } from '../../../ui/help.tsx'
import { Time } from '../../../ui/time.tsx'
import type { ShownKey } from '../shown-key.ts'
import { EditRotation } from './edit-rotation.tsx'

export interface RotationProps {
  readonly shown: ShownKey
  readonly metadata: KeyMetadata
  readonly status: Omit<GetKeyRotationStatusCommandOutput, '$metadata'>
}

/** Whether the key gets new material by itself, and when. */
export function AutomaticRotation({ shown, metadata, status }: RotationProps) {
  const [isEditing, setEditing] = useState(false)
  const { KeyRotationEnabled: isEnabled = false, RotationPeriodInDays: days, NextRotationDate: next } = status
  const reason = shown.fixedBecause ?? automaticFault(metadata)
  return (
    <Container
      header={
        <Header
          variant="h2"
          info={<Info topic="keyRotation" about="key rotation" />}
          actions={
            <Button
              ariaLabel="Edit automatic key rotation"
              disabled={reason !== undefined}
              {...(reason !== undefined && { disabledReason: reason })}
              onClick={() => setEditing(true)}
            >
              Edit
            </Button>
          }
        >
          Automatic key rotation
        </Header>
      }
    >
      <KeyValuePairs
        columns={3}
        items={[
          {
            label: 'Status',
            value: (
              <StatusIndicator type={isEnabled ? 'success' : 'stopped'}>
                {isEnabled ? 'Enabled' : 'Disabled'}
              </StatusIndicator>
            ),
          },
          { label: 'Rotation period (in days)', value: days ?? '-' },
          { label: 'Next rotation date', value: <Time at={next} /> },
        ]}
      />
      {isEditing && (
        <EditRotation keyId={shown.id} isEnabled={isEnabled} days={days} onClose={() => setEditing(false)} />
      )}
    </Container>
  )
}
