import { TokenProblem } from '../../pkcs11/problem.ts'
import type { TokenFindings, TokenLine } from '../token-line.ts'

/**
 * Finds out what a token has and can. Tokens that share keys must not give one away, and need a transport key, which is made if there is
 * none. Rejects with TokenProblem. `leaks` has the results by library and make of token.
 */
export async function inspect(
  token: TokenLine,
  isShared: boolean,
  leaks: Map<string, string | undefined>,
): Promise<TokenFindings> {
  const { serial } = await token.use(gateway => gateway.describe())
  const abilities = await token.use(gateway => gateway.abilities())
  if (isShared) {
    // Two tokens that count from the same number would repeat initialization vectors under the key that they share.
    if (abilities.ivs === 'counted')
      throw new TokenProblem('Refused', 'it counts its initialization vectors, so it cannot share keys')
    // A make is what the token says of itself.
    const kind = `${token.address.path} ${abilities.make}`
    if (!leaks.has(kind)) leaks.set(kind, await token.use(gateway => gateway.leak()))
    const leak = leaks.get(kind)
    if (leak !== undefined) throw new TokenProblem('Refused', `a shared key can be taken out of it: ${leak}`)
  }
  const transport = isShared ? await transportKeyOf(token) : undefined
  const keys = await token.use(gateway => gateway.keys())
  return {
    ...{ serial, abilities, transport },
    keys: keys.filter(({ class: kind }) => kind === 'secret'),
    trusted: keys.flatMap(({ class: kind, flags, fingerprint }) =>
      kind === 'public' && flags.trusted === true && fingerprint !== undefined ? [fingerprint] : [],
    ),
  }
}

async function transportKeyOf(token: TokenLine) {
  const there = await token.use(gateway => gateway.transportKey())
  return there ?? (await token.use(gateway => gateway.makeTransportKey()))
}
