import type { AccessRequest, CompiledPolicy, PolicyKind } from '../../src/access/index.ts'
import { compile, contextOf } from './cases.ts'
import type { NaiveDocument, NaiveWorld } from './naive.ts'

/** Returns the request of a world as the engine takes it. `onCompile` hears of each policy. */
export function requestOfWorld(
  { principal, action, resource, context, policies }: NaiveWorld,
  onCompile: () => void = () => undefined,
): AccessRequest {
  const each = (documents: readonly NaiveDocument[], kind: PolicyKind) =>
    documents.map(document => {
      onCompile()
      return compile(document, kind)
    })
  const one = (document: NaiveDocument | undefined, kind: PolicyKind) =>
    document === undefined ? undefined : (each([document], kind)[0] as CompiledPolicy)
  return {
    principal,
    action,
    resource: { ...resource, policy: one(policies.key, 'key') },
    identityPolicies: each(policies.identity, 'identity'),
    boundary: one(policies.boundary, 'boundary'),
    sessionPolicies: policies.session && each(policies.session, 'session'),
    serviceControlPolicies: policies.serviceControl?.map(level => each(level, 'serviceControl')),
    resourceControlPolicies: policies.resourceControl?.map(level => each(level, 'resourceControl')),
    endpointPolicy: one(policies.endpoint, 'endpoint'),
    grant: policies.grant,
    context: contextOf(context),
  }
}
