/** What a policy is attached to, which decides its grammar and how it counts. */
export type PolicyKind =
  | 'key'
  | 'identity'
  | 'trust'
  | 'boundary'
  | 'session'
  | 'serviceControl'
  | 'resourceControl'
  | 'endpoint'

/** The kinds of policy as AWS's texts of access denied name them. */
export type PolicyType =
  | 'identity-based'
  | 'resource-based'
  | 'service control'
  | 'resource control'
  | 'session'
  | 'permissions boundary'
  | 'VPC endpoint'

/** Such as `session policy`. A permissions boundary is one by its name already. */
export function nameOfPolicyType(type: PolicyType): string {
  return type === 'permissions boundary' ? type : `${type} policy`
}

export interface PolicyGrammar {
  readonly policyType: PolicyType
  /** `everyone`: nothing but `*`. */
  readonly principal: 'required' | 'prohibited' | 'everyone'
  /** AWS KMS takes statements without it, and they have no effect. */
  readonly action: 'required' | 'optional'
  readonly resource: 'required' | 'optional' | 'prohibited'
  /** IAM takes ARNs and `*` only, and Sids of letters and digits. */
  readonly isOfIam: boolean
  /**
   * What becomes of an ARN of fewer than six parts: stars for those that are missing, or nothing, or it is refused (IAM user
   * guide, "Identify AWS resources with Amazon Resource Names (ARNs)").
   */
  readonly incompleteArn: 'completed' | 'refused' | 'kept'
  /** In characters; the quotas' own names are in comments. */
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
 * IAM user guide, "Policies and permissions", "IAM and AWS STS quotas"; AWS Organizations user guide, "SCP syntax", "RCP
 * syntax", "Quotas"; AWS PrivateLink guide, "Control access using endpoint policies"; AWS KMS developer guide, "Quotas".
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
  // The most that any identity can have inline: a role's.
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
