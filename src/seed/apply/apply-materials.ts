import {
  asExpired,
  isKeyPairSpec,
  type KeyMaterial,
  type KeyRecord,
  newMaterial,
} from '../../domain/index.ts'
import { KeyMaterialProblem, type KeyOwner, type WrappedKeyMaterial } from '../../hsm/index.ts'
import type { SeedKey } from '../file/key-entry.ts'
import { pkcs8Hint, type SeedMaterial } from '../file/material-entry.ts'
import type { SeedWork } from './seed-work.ts'

/** Creates the key materials of the keys of a seed. */
export class MaterialMaker {
  readonly #work: SeedWork

  constructor(work: SeedWork) {
    this.#work = work
  }

  /** The key materials of a new key. */
  async make({ materials, origin }: SeedKey, owner: KeyOwner): Promise<KeyMaterial[]> {
    const { hsm, now } = this.#work
    if (materials.length > 0) return materials.map((seed, index) => this.#makeOne(owner, seed, index === 0))
    return origin === 'EXTERNAL' ? [] : [newMaterial(await hsm.generateKeyMaterial(owner), now)]
  }

  /** The key materials of an existing key, for a replica of it in a different region. */
  replicate({ key, materials }: KeyRecord, region: string): KeyMaterial[] {
    const { accountId, keyId, keySpec } = key
    return materials.map(material => {
      const { keyMaterialId, keyToken } = material
      if (keyToken === undefined) return { ...material, publicKeyToken: undefined }
      const binding = { accountId, region: key.region, keyId, keySpec, keyMaterialId }
      return { ...material, ...this.#work.hsm.replicateKeyMaterial({ binding, keyToken }, region) }
    })
  }

  /** The key materials that the file gives a key, as one text to compare and digest. It contains no secrets. */
  describe({ materials }: SeedKey, owner: KeyOwner): string {
    return describeMaterials(
      materials.map(seed => ({
        keyMaterialId: this.#wrap(owner, seed).keyMaterialId,
        pending: seed.isPending ? 'PENDING_ROTATION' : undefined,
        description: seed.description,
        expiresAt: seed.expiresAt,
      })),
    )
  }

  /** A key material as an import or a rotation would have left it. If its expiry is past, it has expired. */
  #makeOne(owner: KeyOwner, seed: SeedMaterial, isFirst: boolean): KeyMaterial {
    const { now } = this.#work
    const { description, expiresAt, isPending } = seed
    const made: KeyMaterial = {
      ...newMaterial(this.#wrap(owner, seed), now),
      description,
      expiresAt,
      pending: isPending ? 'PENDING_ROTATION' : undefined,
      rotation: isFirst || isPending ? undefined : { type: 'ON_DEMAND', at: now },
    }
    return expiresAt === undefined || expiresAt > now ? made : asExpired(made)
  }

  #wrap(owner: KeyOwner, { at, bytes }: SeedMaterial): WrappedKeyMaterial {
    try {
      // Pass a copy: the HSM wipes the bytes that it gets, and the transaction may run again.
      return this.#work.hsm.importKeyMaterial(owner, Buffer.from(bytes))
    } catch (error) {
      if (!(error instanceof KeyMaterialProblem)) throw error
      const hint = isKeyPairSpec(owner.keySpec) ? ` Convert it to PKCS#8 with: ${pkcs8Hint}` : ''
      throw at.error(`does not fit the key: ${error.message}${hint}`)
    }
  }
}

/** The properties of key materials that must never differ, as one text. */
export function describeMaterials(
  materials: readonly Pick<KeyMaterial, 'keyMaterialId' | 'pending' | 'description' | 'expiresAt'>[],
): string {
  return JSON.stringify(
    materials.map(({ keyMaterialId, pending, description, expiresAt }) => [
      keyMaterialId,
      pending !== undefined,
      description ?? null,
      expiresAt ?? null,
    ]),
  )
}
