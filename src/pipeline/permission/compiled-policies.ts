import { type AccessRequest, type CompiledPolicy, compileStoredPolicy } from '../../access/index.ts'
import { type Identity, type NamedPolicy, vpcEndpointArn } from '../../domain/index.ts'
import type { Endpoint } from '../../operation/index.ts'

type PoliciesOfIdentity = Pick<AccessRequest, 'identityPolicies' | 'boundary' | 'sessionPolicies'>

// An identity is made once per cache entry and never changes, so its compiled policies live as long as the identity.
const ofIdentities = new WeakMap<Identity, PoliciesOfIdentity>()

/** Returns the policies of a principal, compiled at their first use. */
export function policiesOf(identity: Identity): PoliciesOfIdentity {
  const known = ofIdentities.get(identity)
  if (known !== undefined) return known
  const { policies, boundary, sessionPolicies } = identity
  const compiled = {
    identityPolicies: policies.map(({ name, document }) => compileStoredPolicy(document, 'identity', name)),
    boundary: boundary && compileStoredPolicy(boundary.document, 'boundary', boundary.name),
    // The grammar of session policies refuses incomplete ARNs, but managed policies may have them. Managed policies are
    // therefore read by the grammar of identity policies.
    sessionPolicies: sessionPolicies?.map(({ name, document, isManaged }) =>
      compileStoredPolicy(document, isManaged ? 'identity' : 'session', name),
    ),
  }
  ofIdentities.set(identity, compiled)
  return compiled
}

/** Compiles a policy of a user or role. */
export type PolicyCompiler = (policy: NamedPolicy, kind: 'identity' | 'boundary') => Promise<CompiledPolicy>

/**
 * Compiles the policies of a principal without session policies one after another, so that the compiler can let other work have its turn
 * between them. Afterwards `policiesOf` has them.
 */
export async function preparePolicies(identity: Identity, compile: PolicyCompiler): Promise<void> {
  const identityPolicies: CompiledPolicy[] = []
  for (const policy of identity.policies) identityPolicies.push(await compile(policy, 'identity'))
  const boundary = identity.boundary && (await compile(identity.boundary, 'boundary'))
  ofIdentities.set(identity, { identityPolicies, boundary, sessionPolicies: undefined })
}

type PolicyOfEndpoint = Required<Pick<AccessRequest, 'endpointPolicy' | 'endpointArn'>>

// An endpoint stays the same object until its policy changes.
const ofEndpoints = new WeakMap<Endpoint, PolicyOfEndpoint>()

/** Returns the policy of a VPC endpoint, compiled at its first use, and the ARN of the endpoint. */
export function policyOfEndpoint(endpoint: Endpoint): PolicyOfEndpoint {
  const known = ofEndpoints.get(endpoint)
  if (known !== undefined) return known
  const { vpceId, policy } = endpoint
  const compiled = {
    endpointPolicy: compileStoredPolicy(policy, 'endpoint', vpceId),
    endpointArn: vpcEndpointArn(endpoint, vpceId),
  }
  ofEndpoints.set(endpoint, compiled)
  return compiled
}
