import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import RadioGroup from '@cloudscape-design/components/radio-group'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Tiles from '@cloudscape-design/components/tiles'
import { keySpecs, specsFor, usagesFor } from '../../model/key-specs.ts'
import { usageLabel } from '../../model/labels.ts'
import { type NewKey, withKind } from '../../model/new-key.ts'
import { Info } from '../../ui/help.tsx'
import type { StepProps } from './step-props.ts'

/** The first step: everything that can never be changed. */
export function ConfigureStep({ value, onChange, place: { region } }: StepProps) {
  const { keyType, keyUsage } = value
  const kind = (change: Parameters<typeof withKind>[1]) => onChange(withKind(value, change, region))
  return (
    <SpaceBetween size="l">
      <Alert type="info">
        The choices of this step are final: they cannot be changed after the key is made.
      </Alert>
      <Container header={<Header variant="h2">Key</Header>}>
        <SpaceBetween size="l">
          <FormField label="Key type" info={<Info topic="keyType" about="the key type" />} stretch>
            <Tiles
              ariaLabel="Key type"
              value={keyType}
              items={types}
              onChange={({ detail }) => kind({ keyType: detail.value as NewKey['keyType'] })}
            />
          </FormField>
          <FormField label="Key usage" info={<Info topic="keyUsage" about="the key usage" />} stretch>
            <RadioGroup
              ariaLabel="Key usage"
              value={keyUsage}
              items={usagesFor(keyType, region).map(usage => ({
                ...{ value: usage, label: usageLabel(usage), description: usageTexts[usage] },
              }))}
              onChange={({ detail }) => kind({ keyUsage: detail.value as NewKey['keyUsage'] })}
            />
          </FormField>
          <KeySpecField value={value} onChange={onChange} region={region} />
        </SpaceBetween>
      </Container>
      <AdvancedOptions value={value} onChange={onChange} />
    </SpaceBetween>
  )
}

const types = [
  {
    value: 'symmetric',
    label: 'Symmetric',
    description: 'One secret key for encrypting and decrypting data, or for generating and verifying MACs.',
  },
  {
    value: 'asymmetric',
    label: 'Asymmetric',
    description: 'A public and a private key, for encrypting, signing, or agreeing on a secret.',
  },
]

const usageTexts: Readonly<Record<NewKey['keyUsage'], string>> = {
  ENCRYPT_DECRYPT: 'Keeps data secret.',
  SIGN_VERIFY: 'Proves to everybody who wrote a message.',
  GENERATE_VERIFY_MAC: 'Proves to the holders of the key that a message is unchanged.',
  KEY_AGREEMENT: 'Derives a shared secret with the public key of a partner.',
  ENCAPSULATE_DECAPSULATE: 'Shares a secret in a way that withstands quantum computers.',
}

type PartProps = Pick<StepProps, 'value' | 'onChange'>

/** The spec. A symmetric encryption key has one only, as in AWS's wizard. */
function KeySpecField({ value, onChange, region }: PartProps & { readonly region: string }) {
  const { keyType, keyUsage, keySpec } = value
  const specs = specsFor(keyType, keyUsage, region)
  if (specs.length === 1) return null
  const options = specs.map(spec => ({
    ...{ value: spec, label: spec, description: keySpecs[spec].algorithms[keyUsage]?.join(', ') ?? '' },
  }))
  return (
    <FormField label="Key spec" info={<Info topic="keySpec" about="the key spec" />}>
      <Select
        options={options}
        selectedOption={{ value: keySpec, label: keySpec }}
        onChange={({ detail }) =>
          onChange({ ...value, keySpec: specs.find(spec => spec === detail.selectedOption.value) ?? keySpec })
        }
      />
    </FormField>
  )
}

function AdvancedOptions({ value, onChange }: PartProps) {
  return (
    <ExpandableSection
      variant="container"
      headerText="Advanced options"
      defaultExpanded={value.isMultiRegion}
    >
      <SpaceBetween size="l">
        <div>
          <Box variant="awsui-key-label">Key material origin</Box>
          <Box>KMS: the server makes the key material, and it never leaves the server.</Box>
        </div>
        <FormField label="Regionality" info={<Info topic="regionality" about="regionality" />} stretch>
          <RadioGroup
            ariaLabel="Regionality"
            value={value.isMultiRegion ? 'multi' : 'single'}
            items={regionalities}
            onChange={({ detail }) => onChange({ ...value, isMultiRegion: detail.value === 'multi' })}
          />
        </FormField>
      </SpaceBetween>
    </ExpandableSection>
  )
}

const regionalities = [
  { value: 'single', label: 'Single-Region key', description: 'The key stays in this Region.' },
  {
    value: 'multi',
    label: 'Multi-Region key',
    description: 'The key can have replicas with the same key material in other Regions.',
  },
]
