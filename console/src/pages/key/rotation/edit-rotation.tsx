import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import RadioGroup from '@cloudscape-design/components/radio-group'
import { useState } from 'react'
import { periodFault, rotationDays } from '../../../model/rotation.ts'
import { currentRegion } from '../../../route/use-route.ts'
import { ActModal } from '../../../ui/act-modal.tsx'
import { kmsMaterials } from '../../../wire/kms/materials.ts'
import { useAct } from '../../../wire/use-call.ts'

interface EditRotationProps {
  readonly keyId: string
  readonly isEnabled: boolean
  readonly days: number | undefined
  readonly onClose: () => void
}

/** Turns automatic rotation on or off, and sets its period. */
export function EditRotation({ keyId, isEnabled, days, onClose }: EditRotationProps) {
  const [isWanted, setWanted] = useState(isEnabled)
  const [period, setPeriod] = useState(String(days ?? rotationDays.default))
  const fault = isWanted ? periodFault(period) : undefined
  const save = useAct(async () => {
    const region = { region: currentRegion() }
    if (!isWanted) await kmsMaterials.disableKeyRotation({ KeyId: keyId }, region)
    else await kmsMaterials.enableKeyRotation({ KeyId: keyId, RotationPeriodInDays: Number(period) }, region)
  }, ['GetKeyRotationStatus'])
  return (
    <ActModal
      title="Edit automatic key rotation"
      action="Save"
      act={save}
      blockedBecause={fault}
      done={`Automatic key rotation is ${isWanted ? 'enabled' : 'disabled'}.`}
      onClose={onClose}
    >
      <FormField label="Key rotation">
        <RadioGroup
          value={isWanted ? 'enabled' : 'disabled'}
          onChange={({ detail }) => setWanted(detail.value === 'enabled')}
          items={[
            { value: 'enabled', label: 'Enable' },
            { value: 'disabled', label: 'Disable', description: 'The key keeps all materials that it has.' },
          ]}
        />
      </FormField>
      {isWanted && (
        <FormField
          label="Rotation period (in days)"
          constraintText={`${rotationDays.min} to ${rotationDays.max}`}
          errorText={fault}
        >
          <Input value={period} inputMode="numeric" onChange={({ detail }) => setPeriod(detail.value)} />
        </FormField>
      )}
    </ActModal>
  )
}
