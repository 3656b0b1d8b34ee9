import { type Given, type RootKey, RootKeyProblem, ShareCollector } from '../../../hsm/index.ts'
import { OperatorError } from '../../../std/index.ts'
import type { Config } from '../../config/config.ts'
import type { Front } from './front.ts'
import { findKeeper, isInitialized, recoverRootKey } from './keeper.ts'

/** Asks the operator for a secret. The caller wipes it. Throws OperatorError if there is nobody to ask. */
export type AskSecret = (question: string) => Promise<Buffer>

/**
 * Opens the root key for a subcommand that works on the database of a stopped server. It asks for the passphrase or the
 * shares. Throws OperatorError.
 */
export async function openRootKeyForCommand(
  config: Config,
  front: Pick<Front, 'directory' | 'locked'>,
  ask: AskSecret = nobodyToAsk,
): Promise<RootKey> {
  const keeper = await findKeeper({ config }, front)
  if (!isInitialized(keeper))
    throw new OperatorError(`The data directory ${front.directory.path} has no root key yet.`)
  const { provider, envelope } = keeper
  if (provider.opensItself) return await recoverRootKey(keeper, {})
  if (envelope?.kind !== 'shares') {
    const passphrase = await ask('Passphrase of the root key: ')
    return await recoverRootKey(keeper, { passphrase })
  }
  return await recoverRootKey(keeper, await collect(new ShareCollector(envelope), ask))
}

/** A share that was given already is left out, unless there is no other. */
async function collect(collector: ShareCollector, ask: AskSecret): Promise<Given> {
  let repeat: RootKeyProblem | undefined
  try {
    for (let { have, need } = collector.count; have < need; { have, need } = collector.count) {
      const share = await ask(`Share ${have + 1} of ${need} of the root key: `).catch((error: unknown) => {
        throw repeat ?? error
      })
      try {
        collector.add(share)
      } catch (error) {
        if (!(error instanceof RootKeyProblem) || error.code !== 'ShareTwice') throw error
        repeat = error
      }
    }
    return collector.take()
  } finally {
    collector.reset()
  }
}

const nobodyToAsk: AskSecret = () =>
  Promise.reject(
    new OperatorError('The root key needs a passphrase or shares, and nobody can be asked for them here.'),
  )
