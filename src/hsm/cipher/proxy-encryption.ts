import { Buffer } from 'node:buffer'
import { type XksCiphertext, xksAssociatedData, xksLimits } from '../../domain/index.ts'
import { randomBytes } from '../../std/index.ts'
import type { ProxyEncryption } from '../backends/capabilities.ts'
import type { KeyHandle } from '../key-handle.ts'
import { SealBroken } from '../problems.ts'
import type { OpenKeys } from '../software/open-keys.ts'

const version = 1
const materialReferenceSizeBytes = 7
const derivationNonceSizeBytes = 12
const vectorSizeBytes = 12
const { tagSizeBytes, metadataSizeBytes } = xksLimits

/**
 * XAES-256-GCM in the form of the proxy API. Half of its nonce, which derives a key for the message, is part of the metadata. The
 * other half is the initialization vector.
 */
export function proxyEncryption(keys: OpenKeys): ProxyEncryption {
  return {
    sealForProxy(key, plaintext, associatedData) {
      const nonce = randomBytes(derivationNonceSizeBytes + vectorSizeBytes)
      const metadata = Buffer.alloc(metadataSizeBytes)
      metadata[0] = version
      metadata.set(referenceTo(key), 1)
      metadata.set(nonce.subarray(0, derivationNonceSizeBytes), 1 + materialReferenceSizeBytes)
      const data = xksAssociatedData(associatedData, metadata)
      const sealed = keys.proxyCipherOf(key).sealWithNonce(plaintext, data, nonce)
      const tagStart = sealed.length - tagSizeBytes
      return {
        ciphertext: sealed.subarray(nonce.length, tagStart),
        initializationVector: nonce.subarray(derivationNonceSizeBytes),
        authenticationTag: sealed.subarray(tagStart),
        metadata,
      }
    },
    openForProxy(handles, sealed, associatedData) {
      const { metadata } = sealed
      if (metadata.length !== metadataSizeBytes || metadata[0] !== version)
        throw new SealBroken('the metadata is not of this version')
      const joined = join(sealed)
      const data = xksAssociatedData(associatedData, metadata)
      const reference = metadata.subarray(1, 1 + materialReferenceSizeBytes)
      // A reference is a part of an id, so two key materials can have the same. The tag decides.
      for (const handle of handles) {
        if (!referenceTo(handle).equals(reference)) continue
        const plaintext = openWith(keys, handle, joined, data)
        if (plaintext !== undefined) return { plaintext, keyMaterialId: handle.binding.keyMaterialId }
      }
      throw new SealBroken('no key material of the key opens it')
    },
  }
}

function referenceTo({ binding }: KeyHandle): Buffer {
  return Buffer.from(binding.keyMaterialId.slice(0, 2 * materialReferenceSizeBytes), 'hex')
}

/** Joins the parts to nonce, ciphertext and tag. */
function join({ metadata, initializationVector, ciphertext, authenticationTag }: XksCiphertext): Buffer {
  if (initializationVector.length !== vectorSizeBytes || authenticationTag.length !== tagSizeBytes)
    throw new SealBroken('the initialization vector or the tag has the wrong size')
  const derivationNonce = metadata.subarray(1 + materialReferenceSizeBytes)
  return Buffer.concat([derivationNonce, initializationVector, ciphertext, authenticationTag])
}

/** Returns undefined if the tag does not match. */
function openWith(keys: OpenKeys, handle: KeyHandle, sealed: Buffer, data: Buffer): Buffer | undefined {
  try {
    return keys.proxyCipherOf(handle).open(sealed, data)
  } catch (error) {
    if (error instanceof SealBroken) return undefined
    throw error
  }
}
