import type { KeyMetadata } from '@aws-sdk/client-kms'
import Header from '@cloudscape-design/components/header'
import { KeyActions } from '../../ui/key-actions/key-actions.tsx'

/** The name of the key, and what can be done to it. AWS managed keys are not for the account to change. */
export function KeyHeader({ metadata }: { readonly metadata: KeyMetadata }) {
  const { KeyId = '', Arn = '', KeyManager } = metadata
  const key = { KeyId, KeyArn: Arn, KeyMetadata: metadata }
  return (
    <Header
      variant="h1"
      actions={KeyManager === 'AWS' ? undefined : <KeyActions keys={[key]} offered={['enable', 'disable']} />}
    >
      {KeyId}
    </Header>
  )
}
