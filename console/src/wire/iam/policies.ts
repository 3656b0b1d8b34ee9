import type * as Iam from '@aws-sdk/client-iam'
import { type CallOptions, queryCall } from '../call.ts'

export type IdentityKind = 'User' | 'Group' | 'Role'

interface AttachedPage {
  readonly AttachedPolicies?: readonly { readonly PolicyName?: string; readonly PolicyArn?: string }[]
  readonly Marker?: string
}

interface InlinePage {
  readonly PolicyNames?: readonly string[]
  readonly Marker?: string
}

type Input = Readonly<Record<string, string | undefined>>

/** The operations of IAM on the policies of one user, group or role: all kinds have the same, each under a name of its own. */
export function policiesOf(kind: IdentityKind, name: string) {
  const who = { [`${kind}Name`]: name }
  const on =
    <O>(operation: string, types = {}) =>
    (input: Input = {}, options?: CallOptions): Promise<O> =>
      queryCall<Input, O>('iam', operation, types)({ ...who, ...input }, options)
  return {
    attach: on<object>(`Attach${kind}Policy`),
    detach: on<object>(`Detach${kind}Policy`),
    listAttached: on<AttachedPage>(`ListAttached${kind}Policies`, { lists: ['AttachedPolicies'] }),
    listInline: on<InlinePage>(`List${kind}Policies`, { lists: ['PolicyNames'] }),
    getInline: on<{ readonly PolicyDocument?: string }>(`Get${kind}Policy`),
    putInline: on<object>(`Put${kind}Policy`),
    deleteInline: on<object>(`Delete${kind}Policy`),
  }
}

const versionTypes = {
  ...{ lists: ['Versions', 'PolicyUsers', 'PolicyGroups', 'PolicyRoles', 'PermissionsBoundaryUsage'] },
  ...{ times: ['CreateDate', 'UpdateDate'], booleans: ['IsDefaultVersion', 'IsAttachable', 'IsTruncated'] },
  numbers: ['AttachmentCount'],
}

/** The operations of IAM on managed policies. */
export const iamPolicies = {
  createPolicy: queryCall<Iam.CreatePolicyCommandInput, Iam.CreatePolicyCommandOutput>(
    'iam',
    'CreatePolicy',
    versionTypes,
  ),
  createPolicyVersion: queryCall<Iam.CreatePolicyVersionCommandInput, object>('iam', 'CreatePolicyVersion'),
  deletePolicy: queryCall<Iam.DeletePolicyCommandInput, object>('iam', 'DeletePolicy'),
  deletePolicyVersion: queryCall<Iam.DeletePolicyVersionCommandInput, object>('iam', 'DeletePolicyVersion'),
  getPolicy: queryCall<Iam.GetPolicyCommandInput, Iam.GetPolicyCommandOutput>(
    'iam',
    'GetPolicy',
    versionTypes,
  ),
  getPolicyVersion: queryCall<Iam.GetPolicyVersionCommandInput, Iam.GetPolicyVersionCommandOutput>(
    'iam',
    'GetPolicyVersion',
    versionTypes,
  ),
  listEntitiesForPolicy: queryCall<
    Iam.ListEntitiesForPolicyCommandInput,
    Iam.ListEntitiesForPolicyCommandOutput
  >('iam', 'ListEntitiesForPolicy', versionTypes),
  listPolicyVersions: queryCall<Iam.ListPolicyVersionsCommandInput, Iam.ListPolicyVersionsCommandOutput>(
    'iam',
    'ListPolicyVersions',
    versionTypes,
  ),
  setDefaultPolicyVersion: queryCall<Iam.SetDefaultPolicyVersionCommandInput, object>(
    'iam',
    'SetDefaultPolicyVersion',
  ),
}
