import { TokenProblem, type TokenProblemCode } from '../pkcs11/problem.ts'
import type { TokenAddress, TokenGateways } from './token-gateway.ts'

/** A look at the tokens of a cluster without a login. */
export interface ClusterLook {
  /** The tokens that are there. */
  readonly active: number
  /** Whether no library can be loaded, or one has several tokens of one label. */
  readonly isBroken: boolean
  /** The reason why a token is not active, by its place in the cluster. */
  readonly problems: ReadonlyMap<number, string>
}

const lookMillis = 10_000

/** Looks at tokens, each in a process of its own. One that has not answered after ten seconds counts as away. */
export async function lookAt(gateways: TokenGateways, tokens: readonly TokenAddress[]): Promise<ClusterLook> {
  const looks = await Promise.all(tokens.map(address => inTime(problemOf(gateways, address))))
  const is = (code: TokenProblemCode) => (problem: TokenProblem | undefined) => problem?.code === code
  return {
    active: looks.filter(problem => problem === undefined).length,
    isBroken: looks.every(is('NotLoaded')) || looks.some(is('AmbiguousToken')),
    problems: new Map(
      looks.flatMap((problem, place) => (problem === undefined ? [] : [[place, problem.message]])),
    ),
  }
}

async function problemOf(gateways: TokenGateways, address: TokenAddress): Promise<TokenProblem | undefined> {
  try {
    const gateway = await gateways.open(address)
    try {
      await gateway.describe()
    } finally {
      await gateway.close()
    }
    return undefined
  } catch (error) {
    if (error instanceof TokenProblem) return error
    throw error
  }
}

async function inTime(look: Promise<TokenProblem | undefined>): Promise<TokenProblem | undefined> {
  const { promise, resolve } = Promise.withResolvers<TokenProblem>()
  const timer = setTimeout(
    resolve,
    lookMillis,
    new TokenProblem('Away', `it does not answer after ${lookMillis / 1000} seconds`),
  )
  try {
    return await Promise.race([look, promise])
  } finally {
    clearTimeout(timer)
  }
}
