import type { KeyBinding } from '../hsm.ts'

/**
 * Associated data: a purpose and fields, each behind its length (unsigned 32-bit big-endian), so that no two lists of
 * fields share bytes and nothing sealed for one purpose opens for another.
 */
export function associatedData(purpose: string, fields: readonly string[]): Buffer {
  const parts = [purpose, ...fields].map(field => Buffer.from(field))
  const bytes = Buffer.allocUnsafe(parts.reduce((size, part) => size + 4 + part.length, 0))
  let offset = 0
  for (const part of parts) {
    offset = bytes.writeUInt32BE(part.length, offset)
    offset += part.copy(bytes, offset)
  }
  return bytes
}

export function keyTokenData(binding: KeyBinding): Buffer {
  return bindingData('keyward key token v1', binding)
}

export function publicKeyTokenData(binding: KeyBinding): Buffer {
  return bindingData('keyward public key v1', binding)
}

function bindingData(purpose: string, binding: KeyBinding): Buffer {
  const { accountId, region, keyId, keySpec, keyMaterialId } = binding
  return associatedData(purpose, [accountId, region, keyId, keySpec, keyMaterialId])
}
