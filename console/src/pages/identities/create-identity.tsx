import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { accountTrust, documentFindings } from '../../model/iam/documents.ts'
import { nameFault, pathFault } from '../../model/iam/names.ts'
import { partitionOf } from '../../model/policy/console-policy.ts'
import { currentRegion, href, navigate } from '../../route/use-route.ts'
import { currentSession } from '../../session/session.ts'
import { ActModal } from '../../ui/act-modal.tsx'
import { identityKinds } from '../../ui/identity-kinds.ts'
import { DocumentEditor } from '../../ui/json-editor/document-editor.tsx'
import { iamIdentities } from '../../wire/iam/identities.ts'
import type { IdentityKind } from '../../wire/iam/policies.ts'
import { useAct } from '../../wire/use-call.ts'

interface NewIdentity {
  readonly name: string
  readonly path: string
  readonly trust: string
}

const calls: Readonly<Record<IdentityKind, (made: NewIdentity) => Promise<object>>> = {
  User: ({ name, path }) => iamIdentities.createUser({ UserName: name, Path: path }),
  Group: ({ name, path }) => iamIdentities.createGroup({ GroupName: name, Path: path }),
  Role: ({ name, path, trust }) =>
    iamIdentities.createRole({ RoleName: name, Path: path, AssumeRolePolicyDocument: trust }),
}

/** Makes a user, a group or a role. */
export function CreateIdentity({
  kind,
  onClose,
}: {
  readonly kind: IdentityKind
  readonly onClose: () => void
}) {
  const { one, page, operation } = identityKinds[kind]
  const [value, setValue] = useState<NewIdentity>(() => ({
    ...{ name: '', path: '/' },
    trust: accountTrust(currentSession()?.accountId ?? '', partitionOf(currentRegion())),
  }))
  const create = useAct(() => calls[kind](value), [operation])
  const findings = kind === 'Role' ? documentFindings(value.trust, 'trust') : []
  const fault = nameFault(value.name) ?? pathFault(value.path)
  const isBad = findings.some(({ severity }) => severity === 'error')
  return (
    <ActModal
      title={`Create ${one}`}
      action={`Create ${one}`}
      isWide={kind === 'Role'}
      act={create}
      blockedBecause={fault ?? (isBad ? 'Mend the trust policy first.' : undefined)}
      done={`The ${one} ${value.name} is created.`}
      onDone={() => navigate(href(page, { name: value.name }))}
      onClose={onClose}
    >
      <FormField label={`${kind} name`} errorText={value.name === '' ? undefined : nameFault(value.name)}>
        <Input
          value={value.name}
          autoFocus
          autoComplete={false}
          spellcheck={false}
          onChange={({ detail }) => setValue({ ...value, name: detail.value })}
        />
      </FormField>
      <FormField label="Path" errorText={pathFault(value.path)}>
        <Input
          value={value.path}
          autoComplete={false}
          spellcheck={false}
          onChange={({ detail }) => setValue({ ...value, path: detail.value })}
        />
      </FormField>
      {kind === 'Role' && (
        <FormField label="Trust policy" description="The principals that may take on the role." stretch>
          <DocumentEditor
            value={value.trust}
            label="Trust policy"
            findings={findings}
            onChange={trust => setValue({ ...value, trust })}
          />
        </FormField>
      )}
    </ActModal>
  )
}
