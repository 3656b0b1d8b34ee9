import assert from 'node:assert/strict'
import { type KeyRecord, type KmsKey, ServiceError } from '../domain/index.ts'
import { type Bench, keyIn, now, policy, primaryRegion } from './bench.test.ts'
import { type Arrival, deleteMaterial, expireMaterials, receiveMaterial } from './imported-material.ts'

// No tests: keys without key material, and key materials to import, each known by a letter.

/** A member of a key that waits for its first key material. */
export const external = (region: string, changes: Partial<KmsKey> = {}): KeyRecord => ({
  key: keyIn(region, { origin: 'EXTERNAL', keyState: 'PendingImport', ...changes }),
  policy,
  materials: [],
})

export const isRefused = (receiving: Promise<unknown>, code: string) =>
  assert.rejects(receiving, error => error instanceof ServiceError && error.code === code)

interface Given extends Partial<Arrival['request']> {
  expiresAt?: number
}

/** The imports and deletions of key material in the keys of a bench. */
export function useImports(bench: Bench) {
  /** The key material of a letter, wrapped for a region; its id is the same in all regions. */
  const wrap = (region: string, letter: string) =>
    bench.hsm.importKeyMaterial(keyIn(region), Buffer.alloc(32, letter))
  const idOf = (letter: string) => wrap(primaryRegion, letter).keyMaterialId
  async function receive(
    letter: string,
    { expiresAt, ...given }: Given = {},
    region = primaryRegion,
    at = now,
  ) {
    const record = await bench.find(region)
    const nothing = { importType: undefined, keyMaterialId: undefined, description: undefined }
    const arrival = { wrapped: wrap(region, letter), request: { ...nothing, ...given }, expiresAt }
    await bench.store.write(writer => receiveMaterial(writer, record, arrival, at))
  }
  return {
    wrap,
    idOf,
    receive,
    receiveNew: (letter: string) => receive(letter, { importType: 'NEW_KEY_MATERIAL' }),
    /** Deletes a key material by request. */
    async lose(letter: string, region = primaryRegion): Promise<void> {
      const record = await bench.find(region)
      const material = record.materials.find(({ keyMaterialId }) => keyMaterialId === idOf(letter))
      await bench.store.write(writer =>
        deleteMaterial(writer, record, material ?? assert.fail('no such material')),
      )
    },
    /** Deletes the expired key materials as the job does, and returns their ids. */
    async expire(at: number, region = primaryRegion): Promise<string[]> {
      const record = await bench.find(region)
      return await bench.store.write(writer => expireMaterials(writer, record, at))
    },
    /** The key materials of a region as letters with their states: `a CURRENT`. */
    async shownIn(region = primaryRegion): Promise<string[]> {
      const letters = new Map(['a', 'b', 'c'].map(letter => [idOf(letter), letter]))
      return (await bench.materialsIn(region)).map(text => text.replace(/^\S+/, id => letters.get(id) ?? id))
    },
    stateIn: async (region = primaryRegion) => (await bench.find(region)).key.keyState,
  }
}
