import { newSecret, randomBytes } from '../../std/index.ts'
import { type ProblemCode, RootKeyProblem } from '../root-key/problem.ts'
import type { TokenKey, TokenTarget } from '../root-key/provider.ts'
import { TokenProblem, type TokenProblemCode } from './problem.ts'
import { TokenSession } from './token-session.ts'

/** The IV that AES-GCM is best with (NIST SP 800-38D, 8.2.2), and the tag. */
const [ivBytes, tagBytes] = [12, 16]

/** How the process of a library runs. */
export interface TokenRun {
  /** The path of the library. */
  readonly path: string
  readonly environment: Readonly<Record<string, string>>
  readonly loginsPath: string | undefined
  /** Ends what is under way. */
  readonly stopping?: AbortSignal | undefined
}

/**
 * Returns a key of a token that wraps the root key. The library's process lives for a call alone: the server needs it at its start and for
 * changes of the root key, and nothing should keep a PIN or a session in between.
 */
export function tokenKey(target: TokenTarget, run: TokenRun): TokenKey {
  const key = { label: target.key, isLasting: true }
  return {
    wrap: (plaintext, data) =>
      withSession(target, run, async session => {
        if (!(await session.hasKey(key.label))) await session.makeKey(key.label, true)
        await session.checkKey(key)
        // Random IVs are safe for 2^32 messages, and there is one for each change of the root key.
        const iv = newSecret(ivBytes)
        randomBytes(ivBytes).copy(iv)
        const ciphertext = await session.encrypt(key, iv, data, plaintext)
        const opened = await session.decrypt(key, iv, data, ciphertext)
        const isSame = opened.equals(plaintext) && ciphertext.length === plaintext.length + tagBytes
        opened.fill(0)
        if (!isSame) throw new TokenProblem('Refused', 'it does not decrypt what it has encrypted')
        return Buffer.concat([iv, ciphertext])
      }),
    unwrap: (wrapped, data) =>
      withSession(target, run, session =>
        session.decrypt(key, wrapped.subarray(0, ivBytes), data, wrapped.subarray(ivBytes)),
      ),
  }
}

async function withSession<T>(
  target: TokenTarget,
  { stopping, path, environment, loginsPath }: TokenRun,
  work: (session: TokenSession) => Promise<T>,
): Promise<T> {
  const { token, pinPath } = target
  const session = new TokenSession({ path, environment, token, pin: { path: pinPath }, loginsPath })
  const stop = () => void session.close()
  stopping?.addEventListener('abort', stop, { once: true })
  try {
    if (stopping?.aborted === true) throw new TokenProblem('Away', 'the server stops')
    return await work(session)
  } catch (error) {
    if (!(error instanceof TokenProblem)) throw error
    throw new RootKeyProblem(
      problemCodes[error.code],
      `The token ${token} of ${path} ${error.code === 'Away' ? 'does not answer for' : 'does not open'} the root key: ${error.message}.`,
    )
  } finally {
    stopping?.removeEventListener('abort', stop)
    await session.close()
  }
}

const problemCodes: Readonly<Record<TokenProblemCode, ProblemCode>> = {
  Away: 'KeyServiceUnreachable',
  NotLoaded: 'KeyServiceRefused',
  WrongPin: 'WrongPin',
  PinLocked: 'WrongPin',
  PinNotSet: 'KeyServiceRefused',
  OtherUser: 'KeyServiceUnreachable',
  NotTrusted: 'KeyServiceRefused',
  Busy: 'KeyServiceUnreachable',
  NoKey: 'KeyServiceRefused',
  SeveralKeys: 'KeyServiceRefused',
  AmbiguousToken: 'KeyServiceRefused',
  UnfitKey: 'KeyServiceRefused',
  Undecryptable: 'KeyServiceRefused',
  Refused: 'KeyServiceRefused',
}
