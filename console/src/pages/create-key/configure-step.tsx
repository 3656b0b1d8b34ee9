import Alert from '@cloudscape-design/components/alert'
import Container from '@cloudscape-design/components/container'
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
import { AdvancedOptions } from './advanced-options.tsx'
import type { StepProps } from './step-props.ts'

/** The first step: everything that can never be changed. */
export function ConfigureStep({ value, onChange, place: { region }, isTried }: StepProps) {
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
      <AdvancedOptions value={value} onChange={onChange} isTried={isTried} />
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
          onChange(
            withKind(
              value,
              { keySpec: specs.find(spec => spec === detail.selectedOption.value) ?? keySpec },
              region,
            ),
          )
        }
      />
    </FormField>
  )
}
