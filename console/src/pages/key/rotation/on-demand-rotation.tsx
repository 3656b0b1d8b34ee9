import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'
import { onDemandFault, onDemandMax } from '../../../model/rotation.ts'
import { currentRegion } from '../../../route/use-route.ts'
import { ActModal } from '../../../ui/act-modal.tsx'
import { Time } from '../../../ui/time.tsx'
import { kmsMaterials } from '../../../wire/kms/materials.ts'
import { useAct } from '../../../wire/use-call.ts'
import type { RotationProps } from './automatic-rotation.tsx'

/** Gives the key new material now. */
export function OnDemandRotation({ shown, metadata, status }: RotationProps) {
  const [isAsking, setAsking] = useState(false)
  const reason = shown.fixedBecause ?? onDemandFault(metadata)
  const since = status.OnDemandRotationStartDate
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={`At most ${onDemandMax} times for a key. The automatic rotation keeps its dates.`}
          actions={
            <Button
              disabled={reason !== undefined}
              {...(reason !== undefined && { disabledReason: reason })}
              onClick={() => setAsking(true)}
            >
              Rotate now
            </Button>
          }
        >
          On-demand rotation
        </Header>
      }
    >
      {since === undefined ? (
        <Box color="text-body-secondary">
          {metadata.Origin === 'EXTERNAL'
            ? 'Import new key material first. This makes it the current one.'
            : 'Rotate on demand if the material may be known to somebody, or if a rule demands it.'}
        </Box>
      ) : (
        <StatusIndicator type="in-progress">
          The rotation began on <Time at={since} />
        </StatusIndicator>
      )}
      {isAsking && <RotateNow keyId={shown.id} onClose={() => setAsking(false)} />}
    </Container>
  )
}

function RotateNow({ keyId, onClose }: { readonly keyId: string; readonly onClose: () => void }) {
  const rotate = useAct(
    () => kmsMaterials.rotateKeyOnDemand({ KeyId: keyId }, { region: currentRegion() }),
    ['GetKeyRotationStatus', 'ListKeyRotations', 'DescribeKey'],
  )
  return (
    <ActModal
      title="Rotate now"
      action="Rotate now"
      act={rotate}
      done={'The rotation has begun.'}
      onClose={onClose}
    >
      <Box>
        New data is encrypted under the new material. Data under the old materials is decrypted as before, and
        is not encrypted again by this.
      </Box>
    </ActModal>
  )
}
