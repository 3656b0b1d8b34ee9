import {
  type AccessRequest,
  type CompiledPolicy,
  compilePolicy,
  compileStoredPolicy,
} from '../../access/index.ts'
import type { Identity } from '../../domain/index.ts'
import type { Endpoint } from '../../operation/index.ts'

type PoliciesOfIdentity = Pick<AccessRequest, 'identityPolicies' | 'boundary' | 'sessionPolicies'>

// An identity is made once per cache entry and never changes, so its compiled policies live as long as it does.
const ofIdentities = new WeakMap<Identity, PoliciesOfIdentity>()

/** The policies of a principal, compiled at their first use. */
export function policiesOf(identity: Identity): PoliciesOfIdentity {
  const known = ofIdentities.get(identity)
  if (known !== undefined) return known
  const { policies, boundary, sessionPolicies } = identity
  const compiled = {
    identityPolicies: policies.map(({ name, document }) => compileStoredPolicy(document, 'identity', name)),
    boundary: boundary && compileStoredPolicy(boundary.document, 'boundary', boundary.name),
    // The grammar of identities completes ARNs that session policies must not have, so managed policies are read by it.
    sessionPolicies: sessionPolicies?.map(({ name, document, isManaged }) =>
      compileStoredPolicy(document, isManaged ? 'identity' : 'session', name),
    ),
  }
  ofIdentities.set(identity, compiled)
  return compiled
}

// An endpoint is one object for as long as its policy is one text.
const ofEndpoints = new WeakMap<Endpoint, CompiledPolicy>()

/** The policy of a VPC endpoint, compiled at its first use. */
export function policyOfEndpoint(endpoint: Endpoint): CompiledPolicy {
  const known = ofEndpoints.get(endpoint)
  if (known !== undefined) return known
  const compiled = compilePolicy(endpoint.policy, 'endpoint', endpoint.vpceId)
  ofEndpoints.set(endpoint, compiled)
  return compiled
}
