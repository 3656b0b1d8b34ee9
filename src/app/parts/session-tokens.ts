import { type Hsm, SealBroken } from '../../hsm/index.ts'
import { SessionTokens } from '../../identity/index.ts'

/** Returns the session tokens that the HSM seals. */
export function sessionTokensOf(hsm: Hsm): SessionTokens {
  return new SessionTokens({
    seal: (name, secret) => hsm.wrapSecret(name, secret),
    open: (name, sealed) => {
      try {
        return hsm.unwrapSecret(name, sealed)
      } catch (error) {
        if (error instanceof SealBroken) return undefined
        throw error
      }
    },
  })
}
