import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { connectivityLabel } from '../../model/labels.ts'
import { type ExternalDraft, type ExternalFaults, pathOf } from '../../model/stores/external-draft.ts'
import { Info } from '../../ui/help.tsx'

interface ExternalFieldsProps {
  readonly value: ExternalDraft
  readonly onChange: (value: ExternalDraft) => void
  readonly faults: ExternalFaults
  /** Whether somebody tried to go on, so that missing values are faults. */
  readonly isTried: boolean
  /** The fields that cannot be changed now. */
  readonly fixed?: readonly (keyof ExternalDraft)[]
  /** Whether the store has a credential, which stays if no secret is typed. */
  readonly hasCredential?: boolean
}

type Name = Exclude<keyof ExternalDraft, 'connectivity'>

/** The fields of an external key store, with the labels of AWS's console. */
export function ExternalFields(props: ExternalFieldsProps) {
  const { value, onChange, fixed = [], hasCredential = false } = props
  const isVpc = value.connectivity === 'VPC_ENDPOINT_SERVICE'
  return (
    <SpaceBetween size="m">
      <TextField {...props} name="name" label="Key store name" autoFocus />
      <FormField
        label="Proxy connectivity"
        info={<Info topic="proxyConnectivity" about="proxy connectivity" />}
      >
        <RadioGroup
          ariaLabel="Proxy connectivity"
          value={value.connectivity}
          items={(['PUBLIC_ENDPOINT', 'VPC_ENDPOINT_SERVICE'] as const).map(way => ({
            ...{ value: way, label: connectivityLabel(way), disabled: fixed.includes('connectivity') },
          }))}
          onChange={({ detail }) =>
            onChange({ ...value, connectivity: detail.value as ExternalDraft['connectivity'] })
          }
        />
      </FormField>
      {isVpc && (
        <SpaceBetween size="m">
          <TextField {...props} name="serviceName" label="VPC endpoint service name" />
          <TextField
            {...props}
            name="serviceOwner"
            label="VPC endpoint service owner account ID - optional"
            constraint="Only if the service belongs to a different account."
          />
        </SpaceBetween>
      )}
      <TextField
        {...props}
        name="endpoint"
        label="Proxy URI endpoint"
        constraint="https:// and the host name of the certificate of the proxy, without a port."
      />
      <TextField
        {...props}
        name="pathPrefix"
        label="Proxy URI path prefix - optional"
        constraint={`The whole path is ${pathOf(value.pathPrefix)}.`}
      />
      <TextField
        {...props}
        name="accessKeyId"
        label="Proxy credential: Access key ID"
        info={<Info topic="proxyCredential" about="the proxy credential" />}
      />
      <TextField
        {...props}
        name="secret"
        label="Proxy credential: Secret access key"
        {...(hasCredential && { constraint: 'The present secret stays if you type none.' })}
      />
    </SpaceBetween>
  )
}

interface TextFieldProps extends ExternalFieldsProps {
  readonly name: Name
  readonly label: string
  readonly constraint?: string
  readonly info?: React.ReactNode
  readonly autoFocus?: boolean
}

function TextField({ name, label, constraint, info, autoFocus = false, ...form }: TextFieldProps) {
  const { value, onChange, faults, isTried, fixed = [] } = form
  const isShown = isTried || (value[name] !== '' && name !== 'secret')
  return (
    <FormField
      label={label}
      info={info}
      constraintText={fixed.includes(name) ? 'Disconnect the key store to change this.' : constraint}
      errorText={isShown ? faults[name] : undefined}
    >
      <Input
        value={value[name]}
        type={name === 'secret' ? 'password' : 'text'}
        autoComplete={false}
        spellcheck={false}
        autoFocus={autoFocus}
        disabled={fixed.includes(name)}
        onChange={({ detail }) => onChange({ ...value, [name]: detail.value })}
      />
    </FormField>
  )
}
