import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import { useState } from 'react'
import { decodeDocument } from '../../model/iam/documents.ts'
import { EditDocument } from '../../ui/edit-document.tsx'
import { PolicyView } from '../../ui/policy-view.tsx'
import { Loaded } from '../../ui/states/loaded.tsx'
import { iamIdentities } from '../../wire/iam/identities.ts'
import { useCall } from '../../wire/use-call.ts'

/** The principals that may take on the role. */
export function TrustPolicy({ roleName }: { readonly roleName: string }) {
  const [isEditing, setEditing] = useState(false)
  const query = useCall('GetRole', iamIdentities.getRole, { RoleName: roleName })
  const text = decodeDocument(query.data?.Role?.AssumeRolePolicyDocument ?? '')
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="The principals that may take on the role, and under which conditions."
          actions={
            <Button disabled={query.data === undefined} onClick={() => setEditing(true)}>
              Edit trust policy
            </Button>
          }
        >
          Trust relationships
        </Header>
      }
    >
      <Loaded query={query} name="the trust policy" action="iam:GetRole">
        {() => <PolicyView text={text} label="trust policy" />}
      </Loaded>
      {isEditing && (
        <EditDocument
          title="Edit trust policy"
          kind="trust"
          text={text}
          changes={['GetRole']}
          save={document =>
            iamIdentities.updateAssumeRolePolicy({ RoleName: roleName, PolicyDocument: document })
          }
          onClose={() => setEditing(false)}
        />
      )}
    </Container>
  )
}
