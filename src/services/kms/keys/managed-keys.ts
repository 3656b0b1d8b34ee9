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
  viaService,
} from '../../../domain/index.ts'
import type { Hsm } from '../../../hsm/index.ts'
import type { Call, Caller, ManagedKeys, MissingManagedKey } from '../../../operation/index.ts'
import { type Millis, uuid } from '../../../std/index.ts'
import type { Reader, Writer } from '../../../store/index.ts'

/**
 * AWS managed keys: ordinary keys with a policy that allows nobody to manage them. A call creates the key whose alias
 * it names: a call by a service creates the key of that service, and DescribeKey creates any of them (AWS KMS API
 * reference, "DescribeKey").
 */
export class AwsManagedKeys implements ManagedKeys {
  readonly #hsm: Hsm

  constructor(hsm: Hsm) {
    this.#hsm = hsm
  }

  findMissing(
    call: Call,
    { service, scope }: Caller,
    reader: Reader,
  ): undefined | Promise<MissingManagedKey | undefined> {
    const { operation } = call
    if (operation.effect === 'write') return undefined
    const services = service === undefined ? awsManagedKeyServices : [service.name]
    for (const [, requirement] of operation.keys) {
      if (!('forms' in requirement) || requirement.forms !== 'key-or-alias') continue
      if (service === undefined && requirement.createsManagedKey !== true) continue
      // Only the member that names the key is read, so that no secret of the input is copied.
      const input = call.readInput()
      const text = typeof input === 'object' && input !== null ? requirement.from(input) : undefined
      const missing = services.find(name => isAliasOf(name, text, scope))
      if (missing !== undefined) return findMissing(missing, scope, reader)
    }
    return undefined
  }

  async create(
    { service, scope, aliasName }: MissingManagedKey,
    writer: Writer,
    now: Millis,
  ): Promise<KeyEvent | undefined> {
    if ((await writer.aliases.find(scope, aliasName)) !== undefined) return undefined
    const owner = { ...scope, keyId: uuid(), keySpec: 'SYMMETRIC_DEFAULT' as const }
    const material = await this.#hsm.generateKeyMaterial(owner)
    const label = aliasName.slice('alias/aws/'.length)
    const made = newKey({ ...owner, keyUsage: 'ENCRYPT_DECRYPT', origin: 'AWS_KMS', createdAt: now })
    const key = {
      ...enableRotation(made, undefined, now),
      keyManager: 'AWS' as const,
      description: `Default key that protects my ${label} resources when no other key is defined`,
      currentKeyMaterialId: material.keyMaterialId,
    }
    const policy = awsManagedKeyPolicy(label, scope.accountId, viaService(service, scope.region))
    await writer.keys.insert({ key, policy, materials: [newMaterial(material, now)] })
    await writer.aliases.insert({
      ...scope,
      aliasName,
      targetKeyId: key.keyId,
      createdAt: now,
      updatedAt: now,
    })
    return { kind: 'event', key, eventName: 'CreateKey', details: { keyManager: 'AWS', aliasName } }
  }

  explainUndone(error: unknown, { scope, aliasName }: MissingManagedKey, { key }: KeyEvent): unknown {
    if (!(error instanceof ServiceError)) return error
    const { code, text, reason, cause } = error
    const renamed = text?.replaceAll(keyArn(key, key.keyId), aliasArn(scope, aliasName))
    return new ServiceError(code, renamed, { ...(reason === undefined ? {} : { reason }), cause })
  }
}

function isAliasOf(service: string, text: string | undefined, scope: Scope): boolean {
  const aliasName = awsManagedKeyAlias(service)
  return text === aliasName || text === aliasArn(scope, aliasName)
}

async function findMissing(
  service: string,
  { accountId, region }: Scope,
  reader: Reader,
): Promise<MissingManagedKey | undefined> {
  const missing = { service, aliasName: awsManagedKeyAlias(service), scope: { accountId, region } }
  if ((await reader.aliases.find(missing.scope, missing.aliasName)) !== undefined) return undefined
  return (await reader.accounts.has(accountId)) ? missing : undefined
}
