import { factsOf, type KeySpec } from '../../domain/index.ts'
import { KeyMaterialProblem } from '../problems.ts'

/** The size of a secret that is made here. Throws Error for a key spec whose key material is a private key. */
export function secretSizeBytesOf(keySpec: KeySpec): number {
  const { secretSizeBytes } = factsOf(keySpec)
  if (secretSizeBytes === undefined) throw new Error(`${keySpec} has no secret`)
  return secretSizeBytes
}

/** The given secret, if its size is one that the key can have. Throws KeyMaterialProblem. */
export function checkSecret(keySpec: KeySpec, material: Uint8Array): Uint8Array {
  const min = secretSizeBytesOf(keySpec)
  const { secretMaxBytes: max = min } = factsOf(keySpec)
  if (material.length >= min && material.length <= max) return material
  const sizes = min === max ? `${min}` : `${min} to ${max}`
  throw new KeyMaterialProblem(
    `Key material of ${keySpec} has ${sizes} bytes; the one given has ${material.length}.`,
  )
}
