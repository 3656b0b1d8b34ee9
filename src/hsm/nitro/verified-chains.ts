import type { KeyObject } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type Millis, sha256 } from '../../std/index.ts'
import { CertificateChain } from './certificate-chain.ts'

/** Some kilobytes each. A leaf is good for three hours, in which its enclave may ask thousands of times. */
const chainsMax = 2000

interface VerifiedChain {
  readonly leafKey: KeyObject
  readonly validFrom: Millis
  readonly validTo: Millis
}

/**
 * The certificate chains that trusted roots vouch for, each verified once and known for as long as all its certificates are
 * valid: what takes one signature check for each certificate is otherwise done for every request, before anybody is known to
 * be allowed anything.
 */
export class VerifiedChains {
  readonly #roots: readonly Buffer[]
  readonly #known = new LRUCache<string, VerifiedChain>({ max: chainsMax })

  constructor(roots: readonly Buffer[]) {
    this.#roots = roots
  }

  /**
   * Checks a chain, the root first, and with `checkUse` what its leaf's key is used for. Throws AttestationProblem, and
   * what `checkUse` throws.
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
    // The cheapest doubt first: this is one signature, the chain is one for each certificate.
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
