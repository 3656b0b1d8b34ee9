import { recordKeyEvent } from '../audit/index.ts'
import {
  aliasArn,
  awsManagedKeyPolicy,
  enableRotation,
  type KmsKey,
  newKey,
  newMaterial,
  type Scope,
} from '../domain/index.ts'
import type { Hsm } from '../hsm/index.ts'
import { type Clock, uuid } from '../std/index.ts'
import type { Store } from '../store/index.ts'
import type { AuditTrail } from './audit-trail.ts'
import type { Caller, ServiceCall } from './call.ts'
import type { Operation } from './operation.ts'
import { viaService } from './via-service.ts'

export interface ManagedKeysOptions {
  readonly store: Store
  readonly hsm: Hsm
  readonly audit: AuditTrail
  readonly clock: Clock
}

/** AWS managed keys: each comes into being when its service first asks for it by its alias. */
export class ManagedKeys {
  readonly #options: ManagedKeysOptions

  constructor(options: ManagedKeysOptions) {
    this.#options = options
  }

  /**
   * Makes the AWS managed keys that a service's call names and that are not there. The input is as it came: what is wrong
   * with it is said later, and its secrets are not taken out here.
   */
  async prepare(operation: Operation, input: unknown, caller: Caller): Promise<void> {
    const { service, scope } = caller
    if (service === undefined || typeof input !== 'object' || input === null) return
    const aliasName = managedAliasOf(service.name)
    for (const [, requirement] of operation.keys) {
      if (requirement.forms !== 'key-or-alias') continue
      const text = requirement.from(input)
      if (text !== aliasName && text !== aliasArn(scope, aliasName)) continue
      if ((await this.#options.store.reader.findAlias(scope, aliasName)) !== undefined) continue
      if (await this.#options.store.reader.hasAccount(scope.accountId))
        await this.#make(service, scope, aliasName)
    }
  }

  async #make(service: ServiceCall, { accountId, region }: Scope, aliasName: string): Promise<void> {
    const { store, hsm, audit, clock } = this.#options
    const scope: Scope = { accountId, region }
    const now = clock.now()
    const owner = { ...scope, keyId: uuid(), keySpec: 'SYMMETRIC_DEFAULT' as const }
    const material = await hsm.generateKeyMaterial(owner)
    const made = newKey({ ...owner, keyUsage: 'ENCRYPT_DECRYPT', origin: 'AWS_KMS', createdAt: now })
    const key: KmsKey = {
      ...enableRotation(made, undefined, now),
      keyManager: 'AWS',
      description: `Default key that protects my ${labelOf(aliasName)} resources when no other key is defined`,
      currentKeyMaterialId: material.keyMaterialId,
    }
    const record = recordKeyEvent(
      { key, eventName: 'CreateKey', details: { keyManager: 'AWS', aliasName } },
      now,
    )
    const isMade = await store.write(async writer => {
      // Somebody else may have been first.
      if ((await writer.findAlias(scope, aliasName)) !== undefined) return false
      const policy = awsManagedKeyPolicy(labelOf(aliasName), accountId, viaService(service, region))
      await writer.insertKey({ key, policy, materials: [newMaterial(material, now)] })
      await writer.insertAlias({
        ...scope,
        aliasName,
        targetKeyId: key.keyId,
        createdAt: now,
        updatedAt: now,
      })
      await writer.insertAuditRecord(record)
      return true
    })
    if (isMade) await audit.appendCommitted(record.eventId, record.line)
  }
}

/** The alias of a service's key. EBS calls by the name of EC2. */
function managedAliasOf(service: string): string {
  const [label = ''] = service.split('.')
  return `alias/aws/${label === 'ec2' ? 'ebs' : label}`
}

const labelOf = (aliasName: string) => aliasName.slice('alias/aws/'.length)
