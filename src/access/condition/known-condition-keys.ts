import { findKmsConditionKey } from '../../domain/index.ts'

/** The facts of a condition key. */
export interface KnownConditionKey {
  /** The actions of AWS KMS whose requests have the key; undefined for all. */
  readonly actions: readonly string[] | undefined
  /** Whether the key can have several values, so that conditions need a set operator. */
  readonly isMultivalued: boolean
}

const single = (...actions: readonly string[]): KnownConditionKey => ({ actions, isMultivalued: false })
const several = (...actions: readonly string[]): KnownConditionKey => ({ actions, isMultivalued: true })
const everywhere: KnownConditionKey = { actions: undefined, isMultivalued: false }
const severalEverywhere: KnownConditionKey = { actions: undefined, isMultivalued: true }
const tagging = ['CreateKey', 'ReplicateKey', 'TagResource', 'UntagResource'] as const

/** The global condition keys (IAM user guide, "AWS global condition context keys"). A `/` at the end begins a family of keys. */
const globalKeys: Readonly<Record<string, KnownConditionKey>> = {
  ...Object.fromEntries(
    [
      ...['AssumedRoot', 'CalledViaFirst', 'CalledViaLast', 'ChatbotSourceArn', 'CurrentTime', 'EpochTime'],
      ...['Ec2InstanceSourceVpc', 'Ec2InstanceSourcePrivateIPv4', 'FederatedProvider'],
      ...['MultiFactorAuthAge', 'MultiFactorAuthPresent', 'PrincipalAccount', 'PrincipalArn'],
      ...[
        'PrincipalIsAWSService',
        'PrincipalOrgID',
        'PrincipalServiceName',
        'PrincipalTag/',
        'PrincipalType',
      ],
      ...[
        'Referer',
        'RequestedRegion',
        'ResourceAccount',
        'ResourceOrgID',
        'ResourceTag/',
        'SecureTransport',
      ],
      ...[
        'SourceAccount',
        'SourceArn',
        'SourceIdentity',
        'SourceIp',
        'SourceOrgID',
        'SourceOwner',
        'SourceVpc',
      ],
      ...['SourceVpcArn', 'SourceVpce', 'TokenIssueTime', 'UserAgent', 'userid', 'username', 'ViaAWSService'],
      ...['VpcSourceIp', 'VpceAccount', 'VpceOrgID'],
    ].map(name => [`aws:${name}`, everywhere]),
  ),
  ...Object.fromEntries(
    ['CalledVia', 'PrincipalOrgPaths', 'PrincipalServiceNamesList', 'ResourceOrgPaths', 'SourceOrgPaths']
      .concat('VpceOrgPaths')
      .map(name => [`aws:${name}`, severalEverywhere]),
  ),
  'aws:RequestTag/': single(...tagging),
  'aws:TagKeys': several(...tagging),
  'sts:TransitiveTagKeys': severalEverywhere,
}

const known = new Map(Object.entries(globalKeys).map(([name, key]) => [name.toLowerCase(), key]))

/** Finds a condition key of AWS KMS or of all services by its name in any case; undefined for an unknown key. */
export function findConditionKey(name: string): KnownConditionKey | undefined {
  const lower = name.toLowerCase()
  const ofKms = findKmsConditionKey(lower)
  if (ofKms !== undefined) return { actions: ofKms.actions, isMultivalued: ofKms.isMultivalued === true }
  const [, begin = ''] = /^(aws:\w+\/)./s.exec(lower) ?? []
  if (begin !== '') return known.get(begin)
  return lower.endsWith('/') ? undefined : known.get(lower)
}

/**
 * Whether the key is a list in requests, even with one value. `key` is in lower case. A list from an identity provider ends with
 * `amr` after the provider's name. Keys of tags and of encryption contexts can end in the same way, but are not lists.
 */
export function hasManyValues(key: string): boolean {
  return findConditionKey(key)?.isMultivalued === true || /^(?!(?:aws|iam|kms|sts):).*:amr$/s.test(key)
}

/**
 * The condition keys that only requests through VPC endpoints have, in lower case (IAM user guide, "AWS global condition context
 * keys", "Properties of the network").
 */
export const endpointConditionKeys: ReadonlySet<string> = new Set([
  ...['aws:sourcevpc', 'aws:sourcevpcarn', 'aws:sourcevpce', 'aws:vpcsourceip'],
  ...['aws:vpceaccount', 'aws:vpceorgid', 'aws:vpceorgpaths'],
])
