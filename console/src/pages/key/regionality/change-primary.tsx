import type { KeyMetadata } from '@aws-sdk/client-kms'
import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Select from '@cloudscape-design/components/select'
import { useState } from 'react'
import { relatedKeys } from '../../../model/regionality.ts'
import { currentRegion } from '../../../route/use-route.ts'
import { ActModal } from '../../../ui/act-modal.tsx'
import { kmsRegions } from '../../../wire/kms/regions.ts'
import { useAct } from '../../../wire/use-call.ts'
import type { ShownKey } from '../shown-key.ts'

export interface RegionalityProps {
  readonly shown: ShownKey
  readonly metadata: KeyMetadata
  readonly onClose: () => void
}

/** Makes a replica the primary key, and this key a replica. */
export function ChangePrimary({ shown, metadata, onClose }: RegionalityProps) {
  const options = relatedKeys(metadata)
    .filter(({ isPrimary }) => !isPrimary)
    .map(({ region }) => ({ value: region, label: region }))
  const [region, setRegion] = useState(options[0]?.value ?? '')
  const move = useAct(
    () =>
      kmsRegions.updatePrimaryRegion({ KeyId: shown.id, PrimaryRegion: region }, { region: currentRegion() }),
    ['DescribeKey', 'ListKeyDetails'],
  )
  return (
    <ActModal
      title="Change primary Region"
      action="Change primary Region"
      act={move}
      done={`The primary key moves to ${region}.`}
      onClose={onClose}
    >
      <FormField label="New primary Region">
        <Select
          options={options}
          selectedOption={{ value: region, label: region }}
          onChange={({ detail }) => setRegion(detail.selectedOption.value ?? '')}
        />
      </FormField>
      <Box>Both keys are updating for a moment. They encrypt and decrypt during that time.</Box>
    </ActModal>
  )
}
