import Checkbox from '@cloudscape-design/components/checkbox'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FormField from '@cloudscape-design/components/form-field'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { isInStore, originFault, origins } from '../../model/key-specs.ts'
import { asksConsent, type NewKey, withOrigin } from '../../model/new-key.ts'
import { Info } from '../../ui/help.tsx'
import type { StepProps } from './step-props.ts'

type Origin = NewKey['origin']

type PartProps = Pick<StepProps, 'value' | 'onChange' | 'isTried'>

/** The origin and the regionality of the key. */
export function AdvancedOptions(props: PartProps) {
  const { value, onChange } = props
  const isFixed = isInStore(value.origin)
  return (
    <ExpandableSection
      variant="container"
      headerText="Advanced options"
      defaultExpanded={value.isMultiRegion || value.origin !== 'AWS_KMS'}
    >
      <SpaceBetween size="l">
        <FormField
          label="Key material origin"
          info={<Info topic="keyOrigin" about="the key material origin" />}
          stretch
        >
          <RadioGroup
            ariaLabel="Key material origin"
            value={value.origin}
            items={origins.map(origin => {
              const fault = originFault(origin, value.keySpec)
              const { label, text } = originTexts[origin]
              return { value: origin, label, description: fault ?? text, disabled: fault !== undefined }
            })}
            onChange={({ detail }) => onChange(withOrigin(value, detail.value as Origin))}
          />
        </FormField>
        {asksConsent(value.origin) && <Consent {...props} />}
        <FormField label="Regionality" info={<Info topic="regionality" about="regionality" />} stretch>
          <RadioGroup
            ariaLabel="Regionality"
            value={value.isMultiRegion ? 'multi' : 'single'}
            items={[
              { value: 'single', label: 'Single-Region key', description: 'The key stays in this Region.' },
              {
                ...{ value: 'multi', label: 'Multi-Region key', disabled: isFixed },
                description: isFixed
                  ? 'Keys in key stores have one Region.'
                  : 'The key can have replicas with the same key material in other Regions.',
              },
            ]}
            onChange={({ detail }) => onChange({ ...value, isMultiRegion: detail.value === 'multi' })}
          />
        </FormField>
      </SpaceBetween>
    </ExpandableSection>
  )
}

const originTexts: Readonly<Record<Origin, { readonly label: string; readonly text: string }>> = {
  AWS_KMS: { label: 'KMS', text: 'The server makes the key material, and it never leaves the server.' },
  EXTERNAL: {
    label: 'External (Import key material)',
    text: 'You make the key material and import it after the key is made.',
  },
  AWS_CLOUDHSM: {
    label: 'AWS CloudHSM key store',
    text: 'HSMs of yours make the key material and keep it.',
  },
  EXTERNAL_KEY_STORE: {
    label: 'External key store',
    text: 'The key is in a key manager outside, which a proxy leads to.',
  },
}

/** The agreement that AWS's console asks for where others than the server keep the key. */
function Consent({ value, onChange, isTried }: PartProps) {
  return (
    <FormField
      errorText={isTried && !value.hasConsent ? 'Agree to go on, or choose a different origin.' : undefined}
    >
      <Checkbox
        checked={value.hasConsent}
        onChange={({ detail }) => onChange({ ...value, hasConsent: detail.checked })}
      >
        {value.origin === 'EXTERNAL'
          ? 'I understand that I keep the key material available and durable: without my copy, lost key material cannot be brought back.'
          : 'I understand that I keep the external key and its proxy available and durable, and that I need an external key store.'}
      </Checkbox>
    </FormField>
  )
}
