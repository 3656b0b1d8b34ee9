import { decodeDocument } from '../../../model/iam/documents.ts'
import { EditDocument } from '../../../ui/edit-document.tsx'
import { ErrorAlert } from '../../../ui/states/error-alert.tsx'
import { type IdentityKind, policiesOf } from '../../../wire/iam/policies.ts'
import { useCall } from '../../../wire/use-call.ts'
import { policyChanges } from './use-policies-of.ts'

interface InlinePolicyProps {
  readonly kind: IdentityKind
  readonly name: string
  readonly policy: string
  readonly onClose: () => void
}

/** An inline policy to read and to change. */
export function InlinePolicy({ kind, name, policy, onClose }: InlinePolicyProps) {
  const { getInline, putInline } = policiesOf(kind, name)
  const query = useCall(
    `Get${kind}Policy`,
    ({ PolicyName }: { readonly PolicyName: string; readonly of: string }, options) =>
      getInline({ PolicyName }, options),
    { PolicyName: policy, of: name },
  )
  if (query.error !== null) return <ErrorAlert error={query.error} action={`iam:Get${kind}Policy`} />
  if (query.data === undefined) return null
  return (
    <EditDocument
      title={`Edit ${policy}`}
      kind="identity"
      text={decodeDocument(query.data.PolicyDocument ?? '')}
      changes={[...policyChanges(kind), `Get${kind}Policy`]}
      save={document => putInline({ PolicyName: policy, PolicyDocument: document })}
      onClose={onClose}
    />
  )
}
