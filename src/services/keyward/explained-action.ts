import {
  type EncryptionContext,
  type GrantOperation,
  type GrantRequest,
  grantOperations,
  keyActions,
  kmsActions,
  validation,
} from '../../domain/index.ts'
import { kms } from '../kms/index.ts'

/**
 * Returns the action in AWS's spelling, which condition keys need: policies take actions in any case. Throws
 * ValidationException for actions of other services, whose decisions are not known here.
 */
export function readAction(requested: string, keyId: string | undefined): string {
  if (!/^kms:/i.test(requested)) {
    throw validation(
      `${requested} is no action of AWS KMS. Only actions of AWS KMS are explained here; use iam simulate-principal-policy for the identity policies of others.`,
    )
  }
  const name = kmsActions.find(known => `kms:${known}`.toLowerCase() === requested.toLowerCase())
  if (name === undefined) throw validation(`${requested} is an unknown action.`)
  const action = `kms:${name}`
  // The grant itself says who may retire it; its key and the key's policy do not.
  if (name === 'RetireGrant') throw validation('The grant itself says which principals may retire it.')
  const isAboutKey = keyActions.some(known => known === name)
  if (keyId !== undefined && !isAboutKey) throw validation(`${action} is about no key; leave KeyId out.`)
  if (keyId === undefined && isAboutKey) throw validation(`${action} is about a key; name it with KeyId.`)
  return action
}

const contextPrefix = /^kms:EncryptionContext:/i

/**
 * Returns the request that a grant would have to allow for an action; undefined for the creation and retirement of
 * grants, for which no grant is looked up.
 */
export function grantRequestOf(
  action: string,
  given: ReadonlyMap<string, readonly string[]>,
): (() => Omit<GrantRequest, 'sourceArn'>) | undefined {
  const operation = grantOperations.find(name => `kms:${name}` === action)
  if (!isPlain(operation)) return undefined
  const encryptionContext: EncryptionContext = new Map(
    Array.from(given).flatMap(([name, [value = '']]) =>
      contextPrefix.test(name) ? [[name.replace(contextPrefix, ''), value] as const] : [],
    ),
  )
  return () => ({ operation, encryptionContext })
}

function isPlain(
  name: GrantOperation | undefined,
): name is Exclude<GrantOperation, 'CreateGrant' | 'RetireGrant'> {
  return name !== undefined && name !== 'CreateGrant' && name !== 'RetireGrant'
}

const crossAccountActions: ReadonlySet<string> = new Set(
  [...kms.operations.values()].flatMap(({ name, keys }) =>
    keys.flatMap(([, requirement]) =>
      'crossAccount' in requirement && requirement.crossAccount === true
        ? [requirement.action ?? `kms:${name}`]
        : [],
    ),
  ),
)

/** Whether a caller can be allowed the action on keys of other accounts, as the operations declare it. */
export const mayCrossAccounts = (action: string) => crossAccountActions.has(action)
