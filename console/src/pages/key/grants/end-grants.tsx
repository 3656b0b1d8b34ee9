import type { GrantListEntry } from '@aws-sdk/client-kms'
import Box from '@cloudscape-design/components/box'
import { currentRegion } from '../../../route/use-route.ts'
import { ActModal } from '../../../ui/act-modal.tsx'
import { kmsGrants } from '../../../wire/kms/grants.ts'
import { useAct } from '../../../wire/use-call.ts'
import { withRetries } from '../../../wire/with-retries.ts'

interface EndGrantsProps {
  readonly act: 'retire' | 'revoke'
  readonly keyId: string
  readonly grants: readonly GrantListEntry[]
  readonly onClose: () => void
}

const words = {
  retire: {
    ...{ title: 'Retire grants', action: 'Retire', done: 'retired', call: kmsGrants.retireGrant },
    text: 'Retiring is for the retiring principal, and for the grantee if the grant allows RetireGrant: the work that it was for is done.',
  },
  revoke: {
    ...{ title: 'Revoke grants', action: 'Revoke', done: 'revoked', call: kmsGrants.revokeGrant },
    text: 'The grantee loses these operations at once. A resource that a service encrypts by the grant may become unreadable.',
  },
} as const

/** Ends grants. One that was refused stays in the list with the reason, and those before it are gone. */
export function EndGrants({ act, keyId, grants, onClose }: EndGrantsProps) {
  const { title, action, done, text, call } = words[act]
  const end = useAct(async () => {
    const region = { region: currentRegion() }
    for (const { GrantId = '' } of grants) await withRetries(() => call({ KeyId: keyId, GrantId }, region))
  }, ['ListGrants'])
  return (
    <ActModal
      {...{ title, action }}
      typed={act === 'revoke' ? 'revoke' : undefined}
      act={end}
      done={`${grants.length === 1 ? 'The grant is' : `${grants.length} grants are`} ${done}.`}
      onClose={onClose}
    >
      <Box>{text}</Box>
      <ul className="plain-list" aria-label="Grants">
        {grants.map(({ GrantId, Name, GranteePrincipal }) => (
          <li key={GrantId}>
            <b>{Name || GrantId}</b> of {GranteePrincipal}
          </li>
        ))}
      </ul>
    </ActModal>
  )
}
