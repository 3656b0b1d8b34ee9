import { type Hsm, SealBroken } from '../../hsm/index.ts'
import type { SessionTokensOptions } from '../../identity/index.ts'

/** Returns the encryption of session tokens and authorization messages, which the HSM does. */
export function sealingOf(hsm: Hsm): SessionTokensOptions {
  return {
    seal: (name, secret) => hsm.wrapSecret(name, secret),
    open: (name, sealed) => {
      try {
        return hsm.unwrapSecret(name, sealed)
      } catch (error) {
        if (error instanceof SealBroken) return undefined
        throw error
      }
    },
  }
}
