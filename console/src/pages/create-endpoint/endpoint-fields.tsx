import Checkbox from '@cloudscape-design/components/checkbox'
import FormField from '@cloudscape-design/components/form-field'
import Multiselect from '@cloudscape-design/components/multiselect'
import Select from '@cloudscape-design/components/select'
import type { Networks } from './use-networks.ts'

/** An endpoint as somebody chooses it. */
export interface NewEndpoint {
  readonly service: string
  readonly vpcId: string
  readonly subnets: readonly string[]
  readonly groups: readonly string[]
  readonly hasPrivateDns: boolean
}

export const noEndpoint: NewEndpoint = {
  ...{ service: '', vpcId: '', subnets: [], groups: [], hasPrivateDns: true },
}

interface EndpointFieldsProps {
  readonly networks: Networks
  readonly value: NewEndpoint
  readonly isTried: boolean
  readonly onChange: (next: NewEndpoint) => void
}

export function EndpointFields({ networks, value, isTried, onChange }: EndpointFieldsProps) {
  const { vpcs, services } = networks
  const set = (change: Partial<NewEndpoint>) => onChange({ ...value, ...change })
  const missing = (isMissing: boolean, text: string) => (isTried && isMissing ? text : undefined)
  return (
    <>
      <FormField label="Service" errorText={missing(value.service === '', 'Choose a service.')}>
        <One
          value={value.service}
          placeholder="Choose a service"
          options={services.map(name => ({ value: name, label: name }))}
          onChange={service => set({ service })}
        />
      </FormField>
      <FormField label="VPC" errorText={missing(value.vpcId === '', 'Choose a VPC.')}>
        <One
          value={value.vpcId}
          placeholder="Choose a VPC"
          options={vpcs.map(({ vpcId, cidrBlock }) => ({
            value: vpcId,
            label: vpcId,
            description: cidrBlock,
          }))}
          onChange={vpcId => set({ vpcId, subnets: [], groups: [] })}
        />
      </FormField>
      <Places {...{ networks, value, isTried, onChange }} />
      <Checkbox
        checked={value.hasPrivateDns}
        description="Clients in the network reach the endpoint by the usual name of the service."
        onChange={({ detail }) => set({ hasPrivateDns: detail.checked })}
      >
        Enable private DNS names
      </Checkbox>
    </>
  )
}

/** The subnets and groups of the chosen network. */
function Places({ networks: { subnets, groups }, value, isTried, onChange }: EndpointFieldsProps) {
  const set = (change: Partial<NewEndpoint>) => onChange({ ...value, ...change })
  const inVpc = <T extends { readonly vpcId: string }>(items: readonly T[]) =>
    items.filter(({ vpcId }) => vpcId === value.vpcId)
  const isMissing = isTried && value.subnets.length === 0
  return (
    <>
      <FormField
        label="Subnets"
        description="One of each zone at most: the endpoint has an address in each."
        errorText={isMissing ? 'Choose at least one subnet.' : undefined}
      >
        <Several
          values={value.subnets}
          placeholder="Choose subnets"
          options={inVpc(subnets).map(({ subnetId, cidrBlock, availabilityZone }) => ({
            ...{ value: subnetId, label: subnetId, description: `${availabilityZone}, ${cidrBlock}` },
          }))}
          onChange={chosen => set({ subnets: chosen })}
        />
      </FormField>
      <FormField
        label="Security groups - optional"
        description="They say which clients may connect. Without any, those of the default group may."
      >
        <Several
          values={value.groups}
          placeholder="Choose security groups"
          options={inVpc(groups).map(({ groupId, groupName }) => ({
            ...{ value: groupId, label: groupName, description: groupId },
          }))}
          onChange={chosen => set({ groups: chosen })}
        />
      </FormField>
    </>
  )
}

interface Option {
  readonly value: string
  readonly label: string
  readonly description?: string
}

interface OneProps {
  readonly value: string
  readonly placeholder: string
  readonly options: readonly Option[]
  readonly onChange: (next: string) => void
}

function One({ value, placeholder, options, onChange }: OneProps) {
  return (
    <Select
      placeholder={placeholder}
      options={options}
      selectedOption={options.find(option => option.value === value) ?? null}
      empty="There are none."
      onChange={({ detail }) => onChange(detail.selectedOption.value ?? '')}
    />
  )
}

interface SeveralProps {
  readonly values: readonly string[]
  readonly placeholder: string
  readonly options: readonly Option[]
  readonly onChange: (next: readonly string[]) => void
}

function Several({ values, placeholder, options, onChange }: SeveralProps) {
  return (
    <Multiselect
      placeholder={placeholder}
      options={options}
      selectedOptions={options.filter(({ value }) => values.includes(value))}
      empty="Choose a VPC first."
      onChange={({ detail }) => onChange(detail.selectedOptions.map(({ value = '' }) => value))}
    />
  )
}
