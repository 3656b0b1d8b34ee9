import Box from '@cloudscape-design/components/box'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { PolicyView } from '../../ui/policy-view.tsx'
import { Loaded } from '../../ui/states/loaded.tsx'
import type { CallOptions } from '../../wire/call.ts'
import { everyPage } from '../../wire/every-page.ts'
import { keywardServer, type OrganizationPolicy } from '../../wire/keyward-server.ts'
import { useCall } from '../../wire/use-call.ts'

type Listed = OrganizationPolicy & { readonly kind: 'service' | 'resource' }

const allPolicies = (_input: object, options?: CallOptions) =>
  everyPage(async (NextToken): Promise<{ items: Listed[]; next: string | undefined }> => {
    const page = await keywardServer.listOrganizationPolicies({ NextToken }, options)
    const items = [
      ...page.ServiceControlPolicies.map(policy => ({ ...policy, kind: 'service' as const })),
      ...page.ResourceControlPolicies.map(policy => ({ ...policy, kind: 'resource' as const })),
    ]
    return { items, next: page.NextToken }
  })

/** The policies of the organization that apply to the account. */
export function OrganizationPage() {
  const query = useCall('ListOrganizationPolicies', allPolicies, {})
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="They bound the permissions of this account, and give none. The operator of the server configures them."
      >
        Organization policies
      </Header>
      <Loaded
        query={query}
        name="the policies"
        action="keyward:ListOrganizationPolicies"
        isEmpty={policies => policies.length === 0}
        empty={<Box textAlign="center">No policy of the organization applies to this account.</Box>}
      >
        {policies => (
          <SpaceBetween size="l">
            <Policies title="Service control policies" policies={policies.filter(ofKind('service'))} />
            <Policies title="Resource control policies" policies={policies.filter(ofKind('resource'))} />
          </SpaceBetween>
        )}
      </Loaded>
    </SpaceBetween>
  )
}

const ofKind = (wanted: Listed['kind']) => (policy: Listed) => policy.kind === wanted

function Policies({ title, policies }: { readonly title: string; readonly policies: readonly Listed[] }) {
  return (
    <SpaceBetween size="s">
      <Header variant="h2" counter={`(${policies.length})`}>
        {title}
      </Header>
      {policies.length === 0 && <Box color="text-body-secondary">None</Box>}
      {policies.map(({ Level, Name, Document }) => (
        <ExpandableSection
          key={`${Level} ${Name}`}
          variant="container"
          headerText={Name}
          headerDescription={
            Level === 1 ? 'At the root of the organization' : `At level ${Level} below the root`
          }
        >
          <PolicyView text={Document} label={Name} />
        </ExpandableSection>
      ))}
    </SpaceBetween>
  )
}
