import {
  type EncryptionContext,
  type GrantOperation,
  type GrantRequest,
  grantOperations,
  keyActions,
  kmsActions,
  type PartlyKnownRequest,
  validation,
} from '../../domain/index.ts'
import type { ConditionSource } from '../../operation/index.ts'
import { sourceOf } from '../kms/condition-keys.ts'
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
  const operation = grantOperationOf(action)
  if (!isPlain(operation)) return undefined
  const encryptionContext = contextIn(given)
  return () => ({ operation, encryptionContext })
}

const grantOperationOf = (action: string) => grantOperations.find(name => `kms:${name}` === action)

/** Returns the encryption context that the condition values of a question are of. */
function contextIn(given: ReadonlyMap<string, readonly string[]>): EncryptionContext {
  return new Map(
    Array.from(given).flatMap(([name, [value = '']]) =>
      contextPrefix.test(name) ? [[name.replace(contextPrefix, ''), value] as const] : [],
    ),
  )
}

/** Returns the request that a grant would have to allow for an action, as far as a question gives it; undefined if no grant can. */
export function partlyKnownRequestOf(
  action: string,
  given: ReadonlyMap<string, readonly string[]>,
): PartlyKnownRequest | undefined {
  const operation = grantOperationOf(action)
  if (operation === undefined) return undefined
  const encryptionContext = contextIn(given)
  const sourceArn = Array.from(given).find(([name]) => /^aws:SourceArn$/i.test(name))?.[1][0]
  return {
    ...{ operation, sourceArn },
    encryptionContext: encryptionContext.size === 0 ? undefined : encryptionContext,
  }
}

/** Returns the sources of the condition keys of AWS KMS. A question with an encryption context gives the whole of it. */
export function sourcesFor(
  action: string,
  given: ReadonlyMap<string, readonly string[]>,
): (name: string) => ConditionSource {
  const hasContext = contextIn(given).size > 0
  return name => (hasContext && contextPrefix.test(name) ? 'none' : sourceOf(name, action))
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
