import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'
import { endpointPolicyFault } from '../../model/server/endpoints.ts'
import { currentRegion } from '../../route/use-route.ts'
import { flash } from '../../ui/flash.ts'
import { PolicyView } from '../../ui/policy-view.tsx'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'
import { ec2, type VpcEndpoint } from '../../wire/ec2.ts'
import { useAct } from '../../wire/use-call.ts'

/** The policy of an endpoint: every call through it must be allowed by it too. */
export function EndpointPolicy({ endpoint }: { readonly endpoint: VpcEndpoint }) {
  const [isEditing, setEditing] = useState(false)
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="A call through this endpoint needs the permission of this policy besides all others. It gives none by itself."
          actions={isEditing ? undefined : <Button onClick={() => setEditing(true)}>Edit policy</Button>}
        >
          Policy
        </Header>
      }
    >
      {isEditing ? (
        <Editor endpoint={endpoint} onClose={() => setEditing(false)} />
      ) : (
        <PolicyView text={endpoint.policyDocument} label="endpoint policy" />
      )}
    </Container>
  )
}

function Editor({ endpoint, onClose }: { readonly endpoint: VpcEndpoint; readonly onClose: () => void }) {
  const [text, setText] = useState(() => JSON.stringify(JSON.parse(endpoint.policyDocument), null, 2))
  const fault = endpointPolicyFault(text)
  const save = useAct(
    (change: { readonly PolicyDocument: string } | { readonly ResetPolicy: true }) =>
      ec2.modifyVpcEndpoint(
        { VpcEndpointId: endpoint.vpcEndpointId, ...change },
        { region: currentRegion() },
      ),
    ['DescribeVpcEndpoints'],
  )
  const done = {
    onSuccess: () => {
      flash.success('The endpoint policy is changed.')
      onClose()
    },
  }
  return (
    <SpaceBetween size="m">
      <FormField label="Endpoint policy" stretch errorText={fault}>
        <Textarea
          value={text}
          rows={18}
          spellcheck={false}
          onChange={({ detail }) => setText(detail.value)}
        />
      </FormField>
      {save.error !== null && <ErrorAlert error={save.error} action="ec2:ModifyVpcEndpoint" />}
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
        <Button onClick={() => save.mutate({ ResetPolicy: true }, done)} disabled={save.isPending}>
          Allow everything
        </Button>
        <Button
          variant="primary"
          loading={save.isPending}
          disabled={fault !== undefined}
          {...(fault !== undefined && { disabledReason: fault })}
          onClick={() => save.mutate({ PolicyDocument: text }, done)}
        >
          Save changes
        </Button>
      </SpaceBetween>
      <Box variant="small">The change takes effect with the next call.</Box>
    </SpaceBetween>
  )
}
