import type { CallOptions } from '../../../wire/call.ts'
import { everyPage } from '../../../wire/every-page.ts'
import { type IdentityKind, policiesOf } from '../../../wire/iam/policies.ts'
import { useCall } from '../../../wire/use-call.ts'

/** A policy of an identity: a managed one has an ARN, an inline one has none. */
export interface HeldPolicy {
  readonly name: string
  readonly arn: string | undefined
}

/** The operations whose answers a change of these policies makes stale. */
export const policyChanges = (kind: IdentityKind) => [`ListAttached${kind}Policies`, 'ListEntitiesForPolicy']

/** All policies of a user, a group or a role: the managed ones first. */
export function usePoliciesOf(kind: IdentityKind, name: string) {
  const policies = policiesOf(kind, name)
  const readAll = async (_input: object, options?: CallOptions): Promise<HeldPolicy[]> => {
    const attached = await everyPage(async Marker => {
      const { AttachedPolicies = [], Marker: next } = await policies.listAttached({ Marker }, options)
      return { items: AttachedPolicies, next }
    })
    const inline = await everyPage(async Marker => {
      const { PolicyNames = [], Marker: next } = await policies.listInline({ Marker }, options)
      return { items: PolicyNames, next }
    })
    return [
      ...attached.map(({ PolicyName = '', PolicyArn = '' }) => ({ name: PolicyName, arn: PolicyArn })),
      ...inline.map(policy => ({ name: policy, arn: undefined })),
    ]
  }
  return useCall(`ListAttached${kind}Policies`, readAll, { name })
}
