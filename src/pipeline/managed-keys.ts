import {
  aliasArn,
  awsManagedKeyAlias,
  awsManagedKeyPolicy,
  awsManagedKeyServices,
  enableRotation,
  type KeyEvent,
  keyArn,
  newKey,
  newMaterial,
  type Scope,
  ServiceError,
} from '../domain/index.ts'
import type { Hsm } from '../hsm/index.ts'
import { type Millis, uuid } from '../std/index.ts'
import type { Reader, Writer } from '../store/index.ts'
import type { Call } from './call.ts'
import type { Caller } from './caller.ts'
import { viaService } from './permission/via-service.ts'

/** An AWS managed key that a call names and that is not there yet. */
export interface MissingManagedKey {
  readonly scope: Scope
  readonly aliasName: string
  /** Whose resources it protects, as in `s3.amazonaws.com`. */
  readonly service: string
}

/**
 * Finds the AWS managed key that a call brings into being by naming its alias: that of the service which calls, or any that
 * DescribeKey names (AWS KMS API reference, DescribeKey). The input is as it came: what is wrong with it is said later, and its
 * secrets are not taken out here. Undefined, and nothing to wait for, for almost all calls.
 */
export function findMissingManagedKey(
  call: Call,
  { service, scope }: Caller,
  reader: Reader,
): undefined | Promise<MissingManagedKey | undefined> {
  const { operation } = call
  if (service === undefined && operation.makesManagedKeys !== true) return undefined
  const input = call.readInput()
  if (operation.effect === 'write' || typeof input !== 'object' || input === null) return undefined
  const services = service === undefined ? awsManagedKeyServices : [service.name]
  for (const [, requirement] of operation.keys) {
    if (requirement.forms !== 'key-or-alias') continue
    const text = requirement.from(input)
    const named = services.find(name => {
      const aliasName = awsManagedKeyAlias(name)
      return text === aliasName || text === aliasArn(scope, aliasName)
    })
    if (named !== undefined) return findMissing(named, scope, reader)
  }
  return undefined
}

async function findMissing(service: string, { accountId, region }: Scope, reader: Reader) {
  const missing = { service, aliasName: awsManagedKeyAlias(service), scope: { accountId, region } }
  if ((await reader.findAlias(missing.scope, missing.aliasName)) !== undefined) return undefined
  return (await reader.hasAccount(accountId)) ? missing : undefined
}

/** Makes an AWS managed key, unless somebody else was first. Gives what is to be recorded of it. */
export async function makeManagedKey(
  { service, scope, aliasName }: MissingManagedKey,
  { writer, hsm, now }: { writer: Writer; hsm: Hsm; now: Millis },
): Promise<KeyEvent | undefined> {
  if ((await writer.findAlias(scope, aliasName)) !== undefined) return undefined
  const owner = { ...scope, keyId: uuid(), keySpec: 'SYMMETRIC_DEFAULT' as const }
  const material = await hsm.generateKeyMaterial(owner)
  const label = aliasName.slice('alias/aws/'.length)
  const made = newKey({ ...owner, keyUsage: 'ENCRYPT_DECRYPT', origin: 'AWS_KMS', createdAt: now })
  const key = {
    ...enableRotation(made, undefined, now),
    keyManager: 'AWS' as const,
    description: `Default key that protects my ${label} resources when no other key is defined`,
    currentKeyMaterialId: material.keyMaterialId,
  }
  const policy = awsManagedKeyPolicy(label, scope.accountId, viaService({ name: service }, scope.region))
  await writer.insertKey({ key, policy, materials: [newMaterial(material, now)] })
  await writer.insertAlias({ ...scope, aliasName, targetKeyId: key.keyId, createdAt: now, updatedAt: now })
  return { key, eventName: 'CreateKey', details: { keyManager: 'AWS', aliasName } }
}

/** The error of a call that made a key which is undone: it names the alias, as the call did. */
export function unmade(error: unknown, { scope, aliasName }: MissingManagedKey, { key }: KeyEvent): unknown {
  if (!(error instanceof ServiceError)) return error
  const { code, text, reason, cause } = error
  const named = text?.replaceAll(keyArn(key, key.keyId), aliasArn(scope, aliasName))
  return new ServiceError(code, named, { ...(reason === undefined ? {} : { reason }), cause })
}
