import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ClusterDraft, ClusterFaults } from '../../model/stores/cluster-draft.ts'

interface ClusterFieldsProps {
  readonly value: ClusterDraft
  readonly onChange: (value: ClusterDraft) => void
  readonly faults: ClusterFaults
  /** Whether somebody tried to go on, so that missing values are faults. */
  readonly isTried: boolean
  /** The fields that cannot be changed now. */
  readonly fixed?: readonly (keyof ClusterDraft)[]
  readonly passwordText: string
}

const labels = {
  name: 'Key store name',
  clusterId: 'CloudHSM cluster ID',
  password: 'kmsuser password',
} as const

/** The fields of an AWS CloudHSM key store, apart from its trust anchor. */
export function ClusterFields(form: ClusterFieldsProps) {
  const { value, onChange, faults, isTried, fixed = [] } = form
  const constraints: Readonly<Partial<Record<keyof ClusterDraft, string>>> = {
    clusterId: 'One of the clusters in the setting hsmClusters of the server that no key store has.',
    password: form.passwordText,
  }
  const fields = (Object.keys(labels) as (keyof typeof labels)[]).map(name => (
    <FormField
      key={name}
      label={labels[name]}
      constraintText={fixed.includes(name) ? 'Disconnect the key store to change this.' : constraints[name]}
      errorText={isTried || (value[name] !== '' && name !== 'password') ? faults[name] : undefined}
    >
      <Input
        value={value[name]}
        type={name === 'password' ? 'password' : 'text'}
        autoComplete={false}
        spellcheck={false}
        autoFocus={name === 'name'}
        disabled={fixed.includes(name)}
        onChange={({ detail }) => onChange({ ...value, [name]: detail.value })}
      />
    </FormField>
  ))
  return <SpaceBetween size="m">{fields}</SpaceBetween>
}
