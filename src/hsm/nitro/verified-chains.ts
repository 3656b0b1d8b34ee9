import type { KeyObject } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type Millis, sha256 } from '../../std/index.ts'
import { CertificateChain } from './certificate-chain.ts'

/** Each has some kilobytes. A leaf is valid for three hours, and in that time its enclave may call thousands of times. */
const chainsMax = 2000

interface VerifiedChain {
  readonly leafKey: KeyObject
  readonly validFrom: Millis
  readonly validTo: Millis
}

/**
 * The certificate chains that trusted roots vouch for. Each is verified once and remembered while all its certificates are
 * valid. Otherwise every request would cost one signature check for each certificate, before the server knows whether its
 * caller has any permission.
 */
export class VerifiedChains {
  readonly #roots: readonly Buffer[]
  readonly #known = new LRUCache<string, VerifiedChain>({ max: chainsMax })

  constructor(roots: readonly Buffer[]) {
    this.#roots = roots
  }

  /**
   * Verifies a chain, the root first, and calls `checkUse` with its leaf's key. Throws AttestationProblem, and every error
   * of `checkUse`.
   */
  verify(certificates: readonly Uint8Array[], now: Millis, checkUse: (leafKey: KeyObject) => void): void {
    const id = idOf(certificates)
    const known = this.#known.get(id)
    if (known !== undefined && now >= known.validFrom && now <= known.validTo) {
      checkUse(known.leafKey)
      return
    }
    const chain = new CertificateChain(certificates)
    const { leafKey, validFrom, validTo } = chain
    // The cheaper check comes first: it is one signature, and the chain is one for each certificate.
    checkUse(leafKey)
    chain.verify(this.#roots, now)
    this.#known.set(id, { leafKey, validFrom, validTo })
  }
}

/** The digest of the certificates, each behind its length, so that no two chains share it. */
function idOf(certificates: readonly Uint8Array[]): string {
  const parts = certificates.flatMap(certificate => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(certificate.length)
    return [length, certificate]
  })
  return sha256(Buffer.concat(parts)).toString('base64')
}
