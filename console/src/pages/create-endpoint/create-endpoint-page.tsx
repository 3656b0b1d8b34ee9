import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Form from '@cloudscape-design/components/form'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type FormEvent, useState } from 'react'
import { currentRegion, href, navigate } from '../../route/use-route.ts'
import { flash } from '../../ui/flash.ts'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'
import { Loaded } from '../../ui/states/loaded.tsx'
import { ec2 } from '../../wire/ec2.ts'
import { useAct } from '../../wire/use-call.ts'
import { EndpointFields, noEndpoint } from './endpoint-fields.tsx'
import { useNetworks } from './use-networks.ts'

/** Makes a private endpoint in one of the networks of the configuration. */
export function CreateEndpointPage() {
  const [value, setValue] = useState(noEndpoint)
  const [isTried, setTried] = useState(false)
  const create = useAct(
    () =>
      ec2.createVpcEndpoint(
        {
          ...{ VpcEndpointType: 'Interface', VpcId: value.vpcId, ServiceName: value.service },
          ...{ SubnetId: value.subnets, SecurityGroupId: value.groups },
          PrivateDnsEnabled: value.hasPrivateDns,
        },
        { region: currentRegion() },
      ),
    ['DescribeVpcEndpoints'],
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (create.isPending || value.vpcId === '' || value.service === '' || value.subnets.length === 0) return
    create.mutate(undefined, {
      onSuccess: ({ vpcEndpoint: { vpcEndpointId: id } }) => {
        flash.success(`The endpoint ${id} is being made.`)
        navigate(href('endpoint', { endpointId: id }))
      },
    })
  }
  return (
    <form onSubmit={submit}>
      <Form
        header={<Header variant="h1">Create endpoint</Header>}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" formAction="none" href={href('endpoints')}>
              Cancel
            </Button>
            <Button variant="primary" loading={create.isPending}>
              Create endpoint
            </Button>
          </SpaceBetween>
        }
      >
        <Container>
          <SpaceBetween size="m">
            <Loaded query={useNetworks()} name="the networks" action="ec2:DescribeVpcs">
              {networks => <EndpointFields {...{ networks, value, isTried }} onChange={setValue} />}
            </Loaded>
            {create.error !== null && <ErrorAlert error={create.error} action="ec2:CreateVpcEndpoint" />}
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  )
}
