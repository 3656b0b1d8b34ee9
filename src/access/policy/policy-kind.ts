/** The use of a policy, which decides its grammar and how it counts in a decision. */
export type PolicyKind =
  | 'key'
  | 'identity'
  | 'trust'
  | 'boundary'
  | 'session'
  | 'serviceControl'
  | 'resourceControl'
  | 'endpoint'

/** The kinds of policies, as AWS's access-denied messages name them. */
export type PolicyType =
  | 'identity-based'
  | 'resource-based'
  | 'service control'
  | 'resource control'
  | 'session'
  | 'permissions boundary'
  | 'VPC endpoint'

/** The full name of a kind, such as `session policy`. Only a permissions boundary has no `policy` in its name. */
export function nameOfPolicyType(type: PolicyType): string {
  return type === 'permissions boundary' ? type : `${type} policy`
}

/** The rules for policy documents of one kind. */
export interface PolicyGrammar {
  readonly policyType: PolicyType
  /** `everyone`: only `*` is accepted. */
  readonly principal: 'required' | 'prohibited' | 'everyone'
  /** AWS KMS accepts statements without it, which have no effect. */
  readonly action: 'required' | 'optional'
  readonly resource: 'required' | 'optional' | 'prohibited'
  /** IAM accepts only ARNs and `*` as resources, and only letters and digits in a Sid. */
  readonly isOfIam: boolean
  /**
   * How an ARN with fewer than six parts is treated: stars take the place of the missing parts, or it is refused, or it is kept
   * as it is (IAM user guide, "Identify AWS resources with Amazon Resource Names (ARNs)").
   */
  readonly incompleteArn: 'completed' | 'refused' | 'kept'
  /** In characters. The comment on `policyGrammars` names the quotas. */
  readonly sizeMax: number
}

const ofIdentity = {
  principal: 'prohibited',
  action: 'required',
  resource: 'required',
  isOfIam: true,
  incompleteArn: 'completed',
} as const

/**
 * The grammar of each kind of policy (IAM user guide, "Policies and permissions", "IAM and AWS STS quotas"; AWS Organizations
 * user guide, "SCP syntax", "RCP syntax", "Quotas"; AWS PrivateLink guide, "Control access using endpoint policies"; AWS KMS
 * developer guide, "Quotas").
 */
export const policyGrammars: Readonly<Record<PolicyKind, PolicyGrammar>> = {
  key: {
    policyType: 'resource-based',
    principal: 'required',
    action: 'optional',
    resource: 'optional',
    isOfIam: false,
    incompleteArn: 'kept',
    sizeMax: 32_768,
  },
  trust: {
    policyType: 'resource-based',
    principal: 'required',
    action: 'required',
    resource: 'prohibited',
    isOfIam: true,
    incompleteArn: 'kept',
    sizeMax: 2048,
  },
  endpoint: {
    policyType: 'VPC endpoint',
    principal: 'required',
    action: 'required',
    resource: 'required',
    isOfIam: false,
    incompleteArn: 'kept',
    sizeMax: 20_480,
  },
  // The quota for the inline policies of a role, the largest of all identities.
  identity: { policyType: 'identity-based', ...ofIdentity, sizeMax: 10_240 },
  boundary: { policyType: 'permissions boundary', ...ofIdentity, sizeMax: 6144 },
  session: { policyType: 'session', ...ofIdentity, incompleteArn: 'refused', sizeMax: 2048 },
  serviceControl: { policyType: 'service control', ...ofIdentity, sizeMax: 10_240 },
  resourceControl: {
    policyType: 'resource control',
    principal: 'everyone',
    action: 'required',
    resource: 'required',
    isOfIam: true,
    incompleteArn: 'completed',
    sizeMax: 5120,
  },
}
