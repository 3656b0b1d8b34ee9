import {
  checkGrantable,
  checkGrantOperations,
  checkQuota,
  type Deployment,
  type Grant,
  type GrantConstraints,
  type GrantParty,
  isSameGrant,
  parsePrincipalArn,
  validation,
} from '../../../domain/index.ts'
import { makeGrantToken } from '../../../keys/index.ts'
import type { Conditions } from '../../../operation/index.ts'
import { type Infer, randomBytes, required, structure } from '../../../std/index.ts'
import { everyPage, type Writer } from '../../../store/index.ts'
import { constraintTypeOf, contextConditions } from '../conditions.ts'
import { operation } from '../operation.ts'
import {
  dryRunType,
  grantConstraintsType,
  grantIdType,
  grantNameType,
  grantOperationsType,
  grantTokensType,
  grantTokenType,
  keyIdType,
  principalIdType,
  servicePrincipalType,
} from '../wire/shapes.ts'
import { invalidArn, readParty } from './grant-parties.ts'

const input = structure({
  KeyId: required(keyIdType),
  GranteePrincipal: principalIdType,
  RetiringPrincipal: principalIdType,
  Operations: required(grantOperationsType),
  Constraints: grantConstraintsType,
  GrantTokens: grantTokensType,
  Name: grantNameType,
  DryRun: dryRunType,
  GranteeServicePrincipal: servicePrincipalType,
  RetiringServicePrincipal: servicePrincipalType,
})
type Input = Infer<typeof input>

/** Adds a grant to a KMS key. */
export const CreateGrant = operation({
  name: 'CreateGrant',
  effect: 'write',
  input,
  output: structure({ GrantToken: required(grantTokenType), GrantId: required(grantIdType) }),
  isDryRun: ({ DryRun }) => DryRun,
  grantTokens: ({ GrantTokens }) => GrantTokens,
  touches: {
    key: {
      from: wanted => wanted.KeyId,
      forms: 'key',
      crossAccount: true,
      grant: wanted => ({
        operation: 'CreateGrant',
        child: { operations: wanted.Operations, constraints: readConstraints(wanted) },
      }),
      conditions: (wanted, { isByService }) => ({
        ...grantConditions(wanted),
        'kms:GrantIsForAWSResource': isByService,
      }),
    },
  },
  disclose: ({ GrantId }, { key }) => ({ responseElements: { grantId: GrantId, keyId: key.arn } }),
  async handle({ input: wanted, key, caller, now, hsm, store, deployment }) {
    const { accountId, region, keyId } = key.key
    // AWS refuses the operations before it looks at the principals (recorded).
    checkGrantOperations(wanted.Operations)
    const { grantee, retiring } = await readParties(store, wanted)
    const grant: Grant = {
      accountId,
      region,
      keyId,
      grantId: randomBytes(32).toString('hex'),
      name: wanted.Name,
      grantee,
      retiring,
      operations: [...new Set(wanted.Operations)],
      constraints: readConstraints(wanted),
      issuingAccountId: caller.scope.accountId,
      createdAt: now,
    }
    checkGrantable(key.key, grant)
    const known = await findSame(store, grant)
    if (known === undefined) await insert(store, grant, deployment)
    const made = known ?? grant
    return { GrantToken: makeGrantToken(hsm, made), GrantId: made.grantId }
  },
})

function grantConditions(wanted: Input): Conditions {
  const constraints = readConstraints(wanted)
  const { encryptionContextEquals: equals, encryptionContextSubset: subset, sourceArn } = constraints
  return {
    ...contextConditions(equals ?? subset),
    'kms:GrantConstraintSourceArn': sourceArn,
    'kms:GrantConstraintType': constraintTypeOf(constraints),
    'kms:GranteePrincipal': arnIn(wanted.GranteePrincipal),
    'kms:GranteeServicePrincipal': wanted.GranteeServicePrincipal,
    'kms:GrantOperations': wanted.Operations,
    'kms:RetiringPrincipal': arnIn(wanted.RetiringPrincipal),
    'kms:RetiringServicePrincipal': wanted.RetiringServicePrincipal,
  }
}

/** A principal's ARN as grants store it, so that a policy compares the principal that the grant will have. */
const arnIn = (principal: string | undefined) =>
  principal === undefined ? undefined : (parsePrincipalArn(principal)?.arn ?? principal)

/**
 * Terraform's provider sends both contexts, with one of them empty, and AWS takes that (hashicorp/terraform-provider-aws,
 * internal/service/kms/grant.go, whose tests run against AWS). The empty one is ignored. AWS refused it in 2014
 * (aws-sdk-java, issue 328).
 */
function readConstraints({ Constraints: constraints }: Pick<Input, 'Constraints'>): GrantConstraints {
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset, SourceArn } = constraints ?? {}
  const isBoth = equals !== undefined && subset !== undefined
  return {
    encryptionContextEquals: isBoth && equals.size === 0 && subset.size > 0 ? undefined : equals,
    encryptionContextSubset: isBoth && subset.size === 0 ? undefined : subset,
    sourceArn: SourceArn,
  }
}

async function readParties(
  store: Writer,
  wanted: Input,
): Promise<{ grantee: GrantParty; retiring: GrantParty | undefined }> {
  checkOneOf('GranteePrincipal', wanted.GranteePrincipal, wanted.GranteeServicePrincipal)
  checkOneOf('RetiringPrincipal', wanted.RetiringPrincipal, wanted.RetiringServicePrincipal)
  const { GranteePrincipal, GranteeServicePrincipal, RetiringPrincipal, RetiringServicePrincipal } = wanted
  const grantee = await readParty(store, GranteePrincipal, GranteeServicePrincipal, () =>
    invalidArn('GranteePrincipal does not refer to a valid principal.'),
  )
  const retiring = await readParty(store, RetiringPrincipal, RetiringServicePrincipal, () =>
    invalidArn('RetiringPrincipal does not refer to a valid principal.'),
  )
  if (grantee === undefined) {
    throw validation('You must specify a GranteePrincipal or a GranteeServicePrincipal.')
  }
  if (grantee.type === 'service' && (retiring === undefined || wanted.Constraints?.SourceArn === undefined)) {
    throw validation(
      'A grant with a GranteeServicePrincipal must have a SourceArn constraint and a retiring principal.',
    )
  }
  return { grantee, retiring }
}

function checkOneOf(name: string, principal: string | undefined, service: string | undefined): void {
  if (principal === undefined || service === undefined) return
  throw validation(`You cannot specify both ${name} and ${name.replace('Principal', 'ServicePrincipal')}.`)
}

/** A grant takes about ten microseconds. */
const grantsPerRead = 200

/** Finds the grant that an equal request with the same name made. Without a name every request makes a new grant. */
async function findSame(store: Writer, grant: Grant): Promise<Grant | undefined> {
  if (grant.name === undefined) return undefined
  const { name, keyId } = grant
  const named = everyPage(grantsPerRead, page => store.grants.list(grant, keyId, { name }, page))
  for await (const grants of named) {
    const same = grants.find(known => isSameGrant(known, grant))
    if (same !== undefined) return same
  }
  return undefined
}

async function insert(store: Writer, grant: Grant, { quotas }: Deployment): Promise<void> {
  checkQuota('grantsPerKey', quotas, await store.grants.count(grant, grant.keyId))
  await store.grants.insert(grant)
}
