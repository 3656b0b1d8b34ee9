import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { toBase64 } from '../../model/bytes/base64.ts'
import { publicKeyPem } from '../../model/pem.ts'
import { Copy } from '../../ui/copy.tsx'
import { downloadText } from '../../ui/download.ts'
import { Loaded } from '../../ui/states/loaded.tsx'
import { kms } from '../../wire/kms.ts'
import { useCall } from '../../wire/use-call.ts'

/** The public key as PEM, to copy and to download. */
export function PublicKeyTab({ keyId }: { readonly keyId: string }) {
  const query = useCall('GetPublicKey', kms.getPublicKey, { KeyId: keyId })
  const pem = query.data?.PublicKey && publicKeyPem(toBase64(query.data.PublicKey))
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            pem && (
              <SpaceBetween direction="horizontal" size="xs">
                <Copy text={pem} label="Copy" isNamed />
                <Button onClick={() => downloadText(`${keyId.slice(-36)}.pem`, pem)}>Download</Button>
              </SpaceBetween>
            )
          }
        >
          Public key
        </Header>
      }
    >
      <Loaded query={query} name="the public key" action="kms:GetPublicKey">
        {() => <pre className="policy-text">{pem}</pre>}
      </Loaded>
    </Container>
  )
}
