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

/** Reads all policies of a user, a group or a role: the managed ones first. */
export async function readPoliciesOf(
  kind: IdentityKind,
  name: string,
  options?: CallOptions,
): Promise<HeldPolicy[]> {
  const policies = policiesOf(kind, name)
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

/** Takes a policy away: a managed one is detached, an inline one is deleted. */
export function removePolicyOf(kind: IdentityKind, name: string, policy: HeldPolicy): Promise<object> {
  const { deleteInline, detach } = policiesOf(kind, name)
  return policy.arn === undefined
    ? deleteInline({ PolicyName: policy.name })
    : detach({ PolicyArn: policy.arn })
}

/** All policies of a user, a group or a role. */
export const usePoliciesOf = (kind: IdentityKind, name: string) =>
  useCall(
    `ListAttached${kind}Policies`,
    (_input: object, options?: CallOptions) => readPoliciesOf(kind, name, options),
    { name },
  )
