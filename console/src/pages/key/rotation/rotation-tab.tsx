import type { KeyMetadata } from '@aws-sdk/client-kms'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { hasMaterials } from '../../../model/rotation.ts'
import { Loaded } from '../../../ui/states/loaded.tsx'
import { kmsMaterials } from '../../../wire/kms/materials.ts'
import { useCall } from '../../../wire/use-call.ts'
import type { ShownKey } from '../shown-key.ts'
import { AutomaticRotation } from './automatic-rotation.tsx'
import { KeyMaterials } from './key-materials.tsx'
import { OnDemandRotation } from './on-demand-rotation.tsx'

/** The rotation of a key, and its materials. */
export function RotationTab({ shown }: { readonly shown: ShownKey }) {
  const { id, metadata } = shown
  const query = useCall('GetKeyRotationStatus', kmsMaterials.getKeyRotationStatus, { KeyId: id })
  if (metadata === undefined) return null
  return (
    <SpaceBetween size="l">
      <Loaded query={query} name="the rotation" action="kms:GetKeyRotationStatus">
        {status => (
          <SpaceBetween size="l">
            <AutomaticRotation {...{ shown, metadata, status }} />
            <OnDemandRotation {...{ shown, metadata, status }} />
          </SpaceBetween>
        )}
      </Loaded>
      <KeyMaterials keyId={id} />
    </SpaceBetween>
  )
}

/** Whether the key has the tab. */
export const hasRotation = (metadata: KeyMetadata | undefined): boolean =>
  metadata !== undefined && hasMaterials(metadata)
