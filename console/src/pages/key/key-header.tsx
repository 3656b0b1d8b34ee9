import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQueryClient } from '@tanstack/react-query'
import { aliasLabel } from '../../model/labels.ts'
import { href } from '../../route/use-route.ts'
import { KeyActions } from '../../ui/key-actions/key-actions.tsx'
import type { ShownKey } from './shown-key.ts'
import { useAliases } from './use-aliases.ts'

/** The name of the key, and the actions on it. AWS managed keys are not for the account to change. */
export function KeyHeader({ shown, name }: { readonly shown: ShownKey; readonly name: string }) {
  const { metadata } = shown
  const client = useQueryClient()
  const aliases = useAliases(shown).data ?? []
  const alias = aliases[0]?.AliasName
  const title = alias === undefined ? (metadata?.KeyId ?? name) : aliasLabel(alias)
  const key = { KeyId: metadata?.KeyId ?? name, KeyArn: shown.id, Aliases: aliases }
  return (
    <Header
      variant="h1"
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button
            iconName="refresh"
            ariaLabel="Refresh key"
            onClick={() => void client.refetchQueries({ type: 'active' })}
          />
          <Button href={href('useKey', { keyId: name })}>Use this key</Button>
          {metadata?.KeyManager !== 'AWS' && (
            <KeyActions
              keys={[{ ...key, ...(metadata && { KeyMetadata: metadata }) }]}
              offered={['enable', 'disable', 'delete', 'cancel']}
            />
          )}
        </SpaceBetween>
      }
    >
      {title}
    </Header>
  )
}
