import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import { Info } from '../../ui/help.tsx'
import { PolicyView } from '../../ui/policy-view.tsx'
import { Loaded } from '../../ui/states/loaded.tsx'
import { kms } from '../../wire/kms.ts'
import { useCall } from '../../wire/use-call.ts'

/** The key policy as text. */
export function PolicyTab({ keyId }: { readonly keyId: string }) {
  const query = useCall('GetKeyPolicy', kms.getKeyPolicy, { KeyId: keyId })
  return (
    <Container
      header={
        <Header variant="h2" info={<Info topic="keyPolicy" about="the key policy" />}>
          Key policy
        </Header>
      }
    >
      <Loaded query={query} name="the key policy" action="kms:GetKeyPolicy">
        {({ Policy = '' }) => <PolicyView text={Policy} label="Key policy" />}
      </Loaded>
    </Container>
  )
}
