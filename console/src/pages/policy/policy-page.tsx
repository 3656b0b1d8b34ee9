import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { decodeDocument } from '../../model/iam/documents.ts'
import type { Route } from '../../route/route.ts'
import { isOfAws } from '../../ui/all-policies.ts'
import { Copied } from '../../ui/copied.tsx'
import { EditDocument } from '../../ui/edit-document.tsx'
import { PolicyView } from '../../ui/policy-view.tsx'
import { Loaded } from '../../ui/states/loaded.tsx'
import { Time } from '../../ui/time.tsx'
import { iamPolicies } from '../../wire/iam/policies.ts'
import { useCall } from '../../wire/use-call.ts'
import { DeletePolicy } from './delete-policy.tsx'
import { Entities } from './entities.tsx'
import { versionChanges } from './version-changes.ts'
import { Versions } from './versions.tsx'

/** A managed policy: its document, its versions, and who has it. */
export function PolicyPage({ route: { params } }: { readonly route: Route }) {
  const arn = params['policyArn'] ?? ''
  const query = useCall('GetPolicy', iamPolicies.getPolicy, { PolicyArn: arn })
  return (
    <Loaded query={query} name="the policy" action="iam:GetPolicy">
      {({ Policy: policy = {} }) => (
        <SpaceBetween size="l">
          <Title name={policy.PolicyName ?? arn} arn={arn} />
          <Container header={<Header variant="h2">Policy details</Header>}>
            <KeyValuePairs
              columns={3}
              items={[
                {
                  label: 'ARN',
                  value: <Copied text={arn} label="Copy ARN" />,
                },
                { label: 'Creation time', value: <Time at={policy.CreateDate} /> },
                { label: 'Default version', value: policy.DefaultVersionId ?? '-' },
              ]}
            />
          </Container>
          <Document arn={arn} version={policy.DefaultVersionId ?? 'v1'} />
          <Versions arn={arn} />
          <Entities arn={arn} />
        </SpaceBetween>
      )}
    </Loaded>
  )
}

function Title({ name, arn }: { readonly name: string; readonly arn: string }) {
  const [isDeleting, setDeleting] = useState(false)
  return (
    <>
      <Header
        variant="h1"
        actions={isOfAws(arn) ? undefined : <Button onClick={() => setDeleting(true)}>Delete</Button>}
      >
        {name}
      </Header>
      {isDeleting && <DeletePolicy arn={arn} name={name} onClose={() => setDeleting(false)} />}
    </>
  )
}

function Document({ arn, version }: { readonly arn: string; readonly version: string }) {
  const [isEditing, setEditing] = useState(false)
  const query = useCall('GetPolicyVersion', iamPolicies.getPolicyVersion, {
    ...{ PolicyArn: arn, VersionId: version },
  })
  const text = decodeDocument(query.data?.PolicyVersion?.Document ?? '')
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            isOfAws(arn) ? undefined : (
              <Button disabled={query.data === undefined} onClick={() => setEditing(true)}>
                Edit
              </Button>
            )
          }
        >
          Permissions
        </Header>
      }
    >
      <Loaded query={query} name="the document" action="iam:GetPolicyVersion">
        {() => <PolicyView text={text} label="policy" />}
      </Loaded>
      {isEditing && (
        <EditDocument
          title="Edit policy"
          kind="identity"
          text={text}
          changes={versionChanges}
          save={document =>
            iamPolicies.createPolicyVersion({ PolicyArn: arn, PolicyDocument: document, SetAsDefault: true })
          }
          onClose={() => setEditing(false)}
        />
      )}
    </Container>
  )
}
