import type { Principal } from '../../domain/index.ts'
import type { FoundKey } from '../../operation/index.ts'
import type { Millis } from '../../std/index.ts'
import { type CallFacts, endpointOf } from './call-facts.ts'

type Value = string | boolean | number | readonly string[] | undefined
type Read = (facts: CallFacts, found: FoundKey | undefined) => Value

/** The types of principals in `aws:PrincipalType` (IAM user guide, "Principal key values"). */
const principalTypes: Partial<Record<Principal['type'], string>> = {
  Root: 'Account',
  IAMUser: 'User',
  AssumedRole: 'AssumedRole',
  FederatedUser: 'FederatedUser',
}

/** Global condition keys by their lower-case names (IAM user guide, "AWS global condition context keys"). */
const global: ReadonlyMap<string, Read> = new Map<string, Read>([
  // The caller.
  ['aws:principalarn', ({ provedCaller }) => principalArn(provedCaller.identity.principal)],
  ['aws:principalaccount', facts => principalAccountOf(principalOf(facts))],
  ['aws:principaltype', facts => principalTypes[principalOf(facts).type]],
  ['aws:principalisawsservice', isService],
  ['aws:principalservicename', serviceName],
  ['aws:principalservicenameslist', serviceNames],
  ['aws:userid', facts => principalOf(facts).principalId],
  ['aws:username', facts => userName(principalOf(facts))],
  ['aws:multifactorauthpresent', ({ provedCaller }) => provedCaller.identity.session?.isMfaAuthenticated],
  ['aws:multifactorauthage', mfaAgeSeconds],
  ['aws:tokenissuetime', ({ provedCaller }) => dateOf(provedCaller.identity.session?.issuedAt)],
  ['aws:federatedprovider', ({ provedCaller }) => provedCaller.identity.session?.federatedProvider],
  ['aws:sourceidentity', ({ provedCaller }) => provedCaller.identity.session?.sourceIdentity],
  // The calling service.
  ['aws:viaawsservice', ({ provedCaller }) => provedCaller.service?.isOnBehalf === true],
  ['aws:calledvia', calledVia],
  ['aws:calledviafirst', calledVia],
  ['aws:calledvialast', calledVia],
  ['aws:sourcearn', ({ provedCaller }) => provedCaller.service?.sourceArn],
  ['aws:sourceaccount', ({ provedCaller }) => provedCaller.service?.sourceAccount],
  // The network. A service does not call from the principal's network.
  ['aws:sourceip', sourceIp],
  ['aws:vpcsourceip', vpcSourceIp],
  ['aws:sourcevpc', facts => endpointOf(facts)?.vpcId],
  ['aws:sourcevpcarn', facts => endpointOf(facts)?.vpcArn],
  ['aws:sourcevpce', facts => endpointOf(facts)?.vpceId],
  ['aws:vpceaccount', facts => endpointOf(facts)?.accountId],
  ['aws:securetransport', ({ call }) => call.tlsDetails !== undefined],
  ['aws:useragent', ({ call }) => call.userAgent],
  ['aws:referer', ({ call }) => call.referer],
  // The time and the Region.
  ['aws:currenttime', ({ time }) => dateOf(time)],
  ['aws:epochtime', ({ time }) => Math.floor(time / 1000)],
  ['aws:requestedregion', ({ provedCaller }) => provedCaller.scope.region],
])

/**
 * Returns the values of a global condition key; undefined if it has none here, which includes the keys that operations
 * give values to.
 */
export function globalValuesOf(
  name: string,
  facts: CallFacts,
  found: FoundKey | undefined,
): readonly string[] | undefined {
  const read = global.get(name)
  if (read !== undefined) return listed(read(facts, found))
  if (name.startsWith('aws:principaltag/')) return tagValues(facts.provedCaller.identity.tags, name)
  if (name.startsWith('aws:resourcetag/')) return found && tagValues(found.key.tags, name)
  return undefined
}

function listed(value: Value): readonly string[] | undefined {
  if (value === undefined || typeof value === 'object') return value
  return [String(value)]
}

type Tags = CallFacts['provedCaller']['identity']['tags']

// The tags of an identity and of a key are made once and never change, so they are read once, however many conditions ask.
const readTags = new WeakMap<Tags, ReadonlyMap<string, readonly string[]>>()

/**
 * Returns the values of the tags with a key, compared without case. Tag keys that differ only in case count together.
 */
function tagValues(tags: Tags, name: string): readonly string[] | undefined {
  let byKey = readTags.get(tags)
  if (byKey === undefined) {
    byKey = valuesByKey(tags)
    readTags.set(tags, byKey)
  }
  return byKey.get(name.slice(name.indexOf('/') + 1))
}

function valuesByKey(tags: Tags): ReadonlyMap<string, readonly string[]> {
  const byKey = new Map<string, string[]>()
  for (const { tagKey, tagValue } of tags) {
    const key = tagKey.toLowerCase()
    byKey.set(key, [...(byKey.get(key) ?? []), tagValue])
  }
  return byKey
}

const principalOf = ({ provedCaller }: CallFacts): Principal => provedCaller.identity.principal

/** Whether a principal belongs to no account: a service, or a caller known to an identity provider only. */
function isOutside({ type }: Principal): boolean {
  return type === 'AWSService' || type === 'WebIdentityUser'
}

/** Returns the account of a principal; undefined if the principal belongs to no account. */
export function principalAccountOf(principal: Principal): string | undefined {
  return isOutside(principal) ? undefined : principal.accountId
}

/** Returns the ARN of a session's role, or of the principal itself. Services have none. */
function principalArn(principal: Principal): string | undefined {
  if (isOutside(principal)) return undefined
  return principal.type === 'AssumedRole' ? principal.roleArn : principal.arn
}

function userName(principal: Principal): string | undefined {
  return principal.type === 'IAMUser' ? principal.userName : undefined
}

function isService(facts: CallFacts): boolean {
  return principalOf(facts).type === 'AWSService'
}

function serviceName(facts: CallFacts): string | undefined {
  const principal = principalOf(facts)
  return principal.type === 'AWSService' ? principal.service : undefined
}

/** Returns the name of a service, and its name in the Region if that is different. */
function serviceNames(facts: CallFacts): readonly string[] | undefined {
  const name = serviceName(facts)
  if (name === undefined) return undefined
  const [label = '', ...rest] = name.split('.')
  const { region } = facts.provedCaller.scope
  const regional = [label, region, ...rest.filter(part => part !== region)].join('.')
  return regional === name ? [name] : [name, regional]
}

function mfaAgeSeconds({ provedCaller, time }: CallFacts): number | undefined {
  const { session } = provedCaller.identity
  if (session?.isMfaAuthenticated !== true) return undefined
  return Math.max(0, Math.floor((time - session.issuedAt) / 1000))
}

function calledVia({ provedCaller }: CallFacts): readonly string[] | undefined {
  const { service } = provedCaller
  return service?.isOnBehalf === true ? [service.name] : undefined
}

function sourceIp({ call, provedCaller }: CallFacts): string | undefined {
  if (provedCaller.service !== undefined || call.endpoint !== undefined) return undefined
  return plainAddressOf(call)
}

function vpcSourceIp(facts: CallFacts): string | undefined {
  return endpointOf(facts) && plainAddressOf(facts.call)
}

// A dual-stack socket reports an IPv4 client in this form.
function plainAddressOf({ sourceIpAddress }: CallFacts['call']): string {
  return sourceIpAddress.replace(/^::ffff:(?=\d+\.)/, '')
}

function dateOf(millis: Millis | undefined): string | undefined {
  return millis === undefined ? undefined : new Date(millis).toISOString()
}
